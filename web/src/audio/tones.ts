/** The sounds of a room, computed: no file is fetched. Pure: the same rate gives the same samples. */

/** A sound by its occasion. */
export type SoundName = "step" | "came" | "left" | "line" | "wave" | "clap" | "heart" | "laugh";

/** A tone that swells and fades, or a breath of noise. */
interface Part {
  /** Seconds from the beginning of the sound, and its length. */
  readonly at: number;
  readonly lasts: number;
  /** Hertz at its beginning and end; for noise, the frequency above which it is dull. */
  readonly from: number;
  readonly to: number;
  /** The height of its waves, at most 1. */
  readonly loud: number;
  readonly noise?: true;
}

const tone = (at: number, lasts: number, from: number, to = from, loud = 0.25): Part => ({ at, lasts, from, to, loud });
const noise = (at: number, lasts: number, from: number, to: number, loud: number): Part => ({ at, lasts, from, to, loud, noise: true });

const SOUNDS: Readonly<Record<SoundName, readonly Part[]>> = {
  step: [noise(0, 0.09, 700, 200, 0.5), tone(0, 0.07, 95, 60, 0.3)],
  came: [tone(0, 0.3, 523), tone(0.12, 0.45, 784)],
  left: [tone(0, 0.3, 659), tone(0.12, 0.45, 440)],
  line: [tone(0, 0.12, 880, 1040, 0.2)],
  wave: [noise(0, 0.22, 500, 2400, 0.3), noise(0.2, 0.22, 500, 2400, 0.3)],
  clap: [0, 0.16, 0.31, 0.47].map((at) => noise(at, 0.06, 3200, 1400, 0.6)),
  heart: [tone(0, 0.16, 74, 58, 0.7), tone(0.2, 0.2, 66, 50, 0.6), tone(0.1, 0.6, 587, 587, 0.08)],
  laugh: [0, 0.13, 0.26, 0.4].map((at, step) => tone(at, 0.11, 420 - 30 * step, 330 - 30 * step, 0.3)),
};

export const SOUND_NAMES = Object.keys(SOUNDS) as SoundName[];

/** Seconds in which a part swells, at its beginning. */
const SWELL = 0.006;

/** One channel of a sound, each sample from -1 to 1, at so many samples a second. */
export function renderSound(name: SoundName, rate: number): Float32Array<ArrayBuffer> {
  const parts = SOUNDS[name];
  const seconds = Math.max(...parts.map(({ at, lasts }) => at + lasts));
  const samples = new Float32Array(Math.ceil(seconds * rate));
  for (const part of parts) addPart(samples, part, rate);
  return samples;
}

function addPart(samples: Float32Array, { at, lasts, from, to, loud, noise: isNoise }: Part, rate: number): void {
  const begin = Math.floor(at * rate);
  const count = Math.floor(lasts * rate);
  let phase = 0;
  let dull = 0;
  let seed = 1 + begin;
  for (let index = 0; index < count; index += 1) {
    const share = index / count;
    const hertz = from + (to - from) * share;
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    dull += (seed / 2 ** 31 - 1 - dull) * (1 - Math.exp((-2 * Math.PI * hertz) / rate));
    phase += (2 * Math.PI * hertz) / rate;
    const swell = Math.min(1, index / (SWELL * rate));
    const wave = isNoise ? dull : Math.sin(phase);
    samples[begin + index] = (samples[begin + index] as number) + loud * swell * (1 - share) ** 2 * wave;
  }
}
