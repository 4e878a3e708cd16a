/** Samples at another rate. Pure. */

/** Along straight lines: enough for speech. */
export function resample(
  samples: Float32Array<ArrayBuffer>,
  from: number,
  to: number,
): Float32Array<ArrayBuffer> {
  if (from === to) return samples;
  const out = new Float32Array(Math.round((samples.length * to) / from));
  for (let index = 0; index < out.length; index += 1) {
    const at = Math.min((index * from) / to, samples.length - 1);
    const before = Math.floor(at);
    const [a, b] = [samples[before] ?? 0, samples[before + 1] ?? samples[before] ?? 0];
    out[index] = a + (b - a) * (at - before);
  }
  return out;
}
