/** The level gate of an open microphone: it lets speech through and keeps a quiet room out. Pure. */

/** The loudness above which speech is assumed, as the root of the mean square; and to fall below. */
const OPENS = 0.012;
const CLOSES = 0.006;
/** Seconds for which it stays open after the last loud moment. */
const HOLDS = 0.5;
/** Below this nothing is heard: a microphone that is silenced by its own switch gives zeros. */
const SILENT = 0.0005;

export class Gate {
  #quiet = HOLDS;
  /** Seconds for which nothing at all was heard. */
  silent = 0;

  /** Whether sound of this loudness, which lasted so many seconds, is to be sent. */
  opens(level: number, seconds: number): boolean {
    this.silent = level < SILENT ? this.silent + seconds : 0;
    const isOpen = this.#quiet < HOLDS;
    if (level > (isOpen ? CLOSES : OPENS)) this.#quiet = 0;
    else this.#quiet += seconds;
    return this.#quiet < HOLDS;
  }
}

/** The loudness of samples: the root of their mean square. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}
