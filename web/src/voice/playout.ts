/**
 * The jitter buffer of one talker, in samples: written as packets come, read as the sound card asks.
 *
 * It begins when a target of 60 ms waits. A gap is concealed by the last piece of sound, which fades;
 * the target then grows, to 120 ms, and shrinks again while all is calm. When too much waits, a piece
 * of sound is left out where the waves fit; beyond a bound the oldest goes. So it never grows. Pure.
 */

const LEAST = 0.06;
const MOST = 0.12;
/** Seconds that the target grows with a gap. */
const GROWS = 0.02;
/** Seconds that it shrinks in a second without one. */
const SHRINKS = 0.002;
/** Seconds over the target from which a piece is left out. */
const SLACK = 0.04;
/** Seconds that ever wait. */
const BOUND = 0.4;
/** Seconds of the piece that is left out, at least and at most, and of the fade over its edges. */
const SHORTEST_CUT = 0.005;
const LONGEST_CUT = 0.015;
const FADE = 0.005;
/** Seconds between two pieces that are left out: a voice is then faster by a tenth at most. */
const REST = 0.1;
/** Seconds in which a concealed gap fades to silence. */
const CONCEALED = 0.06;
/**
 * Seconds after which a talker counts as one who has stopped: a pause is no gap, and sound that still
 * waits for more is dropped, so that it is not heard before the next words, minutes later.
 */
const STOPPED = 0.2;

/** A playout at one moment, in seconds, and how often something happened. */
export interface PlayoutStatistics {
  readonly waiting: number;
  readonly target: number;
  readonly gaps: number;
  readonly cuts: number;
}

export class Playout {
  readonly #rate: number;
  #samples: Float32Array;
  #count = 0;
  #target = LEAST;
  #playing = false;
  #gaps = 0;
  #cuts = 0;
  #sinceCut = 0;
  /** Seconds since the buffer ran dry. */
  #dry = STOPPED;
  /** Seconds since sound came. */
  #unfed = 0;
  #last: Float32Array;

  /** `rate` is samples a second. */
  constructor(rate: number) {
    this.#rate = rate;
    this.#samples = new Float32Array(Math.ceil(BOUND * rate));
    this.#last = new Float32Array(Math.ceil(0.01 * rate));
  }

  get statistics(): PlayoutStatistics {
    return { waiting: this.#count / this.#rate, target: this.#target, gaps: this.#gaps, cuts: this.#cuts };
  }

  /** Add the sound of a packet. */
  write(samples: Float32Array): void {
    this.#unfed = 0;
    if (!this.#playing && this.#dry > 0 && this.#dry < STOPPED) this.#grow();
    const fits = samples.subarray(Math.max(0, samples.length - this.#samples.length));
    const over = this.#count + fits.length - this.#samples.length;
    if (over > 0) this.#drop(over);
    this.#samples.set(fits, this.#count);
    this.#count += fits.length;
    if (this.#count >= this.#target * this.#rate) {
      this.#playing = true;
      this.#dry = 0;
    }
  }

  /** Fill `out` with what is to be heard now. */
  read(out: Float32Array): void {
    const seconds = out.length / this.#rate;
    this.#sinceCut += seconds;
    this.#unfed += seconds;
    if (!this.#playing) {
      if (this.#unfed >= STOPPED) this.#count = 0;
      this.#conceal(out, 0, seconds);
      return;
    }
    this.#shorten();
    const taken = Math.min(out.length, this.#count);
    out.set(this.#samples.subarray(0, taken));
    this.#remember(out.subarray(0, taken));
    this.#drop(taken);
    if (taken === out.length) {
      this.#target = Math.max(LEAST, this.#target - SHRINKS * seconds);
      return;
    }
    this.#playing = false;
    this.#dry = 0;
    this.#conceal(out, taken, (out.length - taken) / this.#rate);
  }

  /** A gap within speech: more must wait from now on. */
  #grow(): void {
    this.#gaps += 1;
    this.#target = Math.min(MOST, this.#target + GROWS);
    this.#dry = STOPPED; // counted once
  }

  #drop(count: number): void {
    this.#samples.copyWithin(0, count, this.#count);
    this.#count -= count;
  }

  #remember(samples: Float32Array): void {
    const { length } = this.#last;
    if (samples.length >= length) {
      this.#last.set(samples.subarray(samples.length - length));
      return;
    }
    this.#last.copyWithin(0, samples.length);
    this.#last.set(samples, length - samples.length);
  }

  /** Go on with the last piece of sound, back and forth, ever fainter. */
  #conceal(out: Float32Array, from: number, seconds: number): void {
    const { length } = this.#last;
    for (let index = from; index < out.length; index += 1) {
      const at = Math.round((this.#dry + (index - from) / this.#rate) * this.#rate);
      const loud = Math.max(0, 1 - at / (CONCEALED * this.#rate));
      const place = at % (2 * length);
      out[index] = loud * (this.#last[place < length ? length - 1 - place : place - length] ?? 0);
    }
    this.#dry += seconds;
  }

  /** Leave a piece out if too much waits. */
  #shorten(): void {
    const over = this.#count / this.#rate - this.#target - SLACK;
    if (over <= 0 || this.#sinceCut < REST) return;
    const fade = Math.floor(FADE * this.#rate);
    const cut = this.#bestCut(fade);
    for (let index = 0; index < fade; index += 1) {
      const share = index / fade;
      const before = this.#samples[index] ?? 0;
      const after = this.#samples[index + cut] ?? 0;
      this.#samples[index + cut] = before * (1 - share) + after * share;
    }
    this.#drop(cut);
    this.#cuts += 1;
    this.#sinceCut = 0;
  }

  /** The length after which the waves look most like those at the beginning. */
  #bestCut(fade: number): number {
    let best = Math.floor(SHORTEST_CUT * this.#rate);
    let nearest = Infinity;
    const most = Math.min(Math.floor(LONGEST_CUT * this.#rate), this.#count - fade);
    for (let cut = best; cut < most; cut += 2) {
      let difference = 0;
      for (let index = 0; index < fade; index += 4) {
        difference += Math.abs((this.#samples[index] ?? 0) - (this.#samples[index + cut] ?? 0));
      }
      if (difference < nearest) [best, nearest] = [cut, difference];
    }
    return best;
  }
}
