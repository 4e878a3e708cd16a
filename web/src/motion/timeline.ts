/**
 * The time that is shown of the others: some way behind what comes, so that there is nearly always
 * a later pose to move towards. Pure: no clock and no engine.
 *
 * Moves lie on it by the stamp of their tick, however unevenly they arrive; where a server gives
 * none, by their arrival. All times are milliseconds of the page's steady clock. The server's origin
 * is unknown: the first stamp is taken to be sent when it arrives, and later ones lie relative to it.
 */

/** The shown time lags at least and at most so far behind the fastest frame. */
export const LEAST_DELAY = 80;
export const MOST_DELAY = 250;
/** The delay before there is a measurement, and where there are no stamps. */
export const DELAY = 120;
/** From one move of somebody who walks to the next, and a little. */
const PERIOD = 60;
/** The part of the frames that may come later than the delay allows for. */
const LATE = 0.02;
/** How much one frame changes the measured jitter. */
const JITTER_STEP = 5;
/** The fastest frame is forgotten by so much a second: clocks drift, and routes change. */
const FORGET = 1;
/** Without a frame drawn for longer than this, what arrives says more of the page than of the network. */
const STALL = 150;
/** Behind by more than this there is nothing to catch up with: the page slept. */
export const GAP = 1000;
/** So many milliseconds behind, the shown time would run at the double; and the limits of its pace. */
const PACE = 500;
const FASTEST = 1.5;
const SLOWEST = 0.8;
/** No page is usually slower than this (milliseconds a frame). */
const SLOWEST_FRAME = 400;
/** A frame that takes so many times the usual one is a stall. */
const LONG = 1.5;
/** A stamp begins anew after so many. */
const WRAP = 65_536;

export class Timeline {
  /** The stamp of this time was zero, or one more round of it. */
  #origin: number | undefined;
  /** The shortest way of a frame, relative to that of the first one. */
  #fastest = 0;
  #jitter = 40;
  #learned = 0;
  #shown: number | undefined;
  #drawn = 0;
  #usual = 16;

  /** How far the shown time lies behind the fastest frame. */
  get delay(): number {
    if (this.#origin === undefined) return DELAY;
    return Math.max(LEAST_DELAY, Math.min(MOST_DELAY, PERIOD + this.#jitter));
  }

  /** The place in time of a move that comes at `now`, with the stamp of its tick if it has one. */
  place(now: number, stamp?: number): number {
    if (stamp === undefined) return now;
    this.#origin ??= now - stamp;
    const since = now - this.#origin;
    const rounds = Math.round((since - stamp) / WRAP);
    const time = this.#origin + stamp + rounds * WRAP;
    this.#learn(now, now - time);
    return time;
  }

  /** The server may be another one: its next stamp is a first one. */
  forget(): void {
    this.#origin = undefined;
    this.#fastest = 0;
  }

  /** The time to show in the frame drawn at `now`; never earlier than the one before. */
  show(now: number): number {
    const frame = now - this.#drawn;
    this.#drawn = now;
    const due = now - this.#fastest - this.delay;
    if (this.#shown === undefined || due - this.#shown > GAP) {
      this.#shown = due;
      return due;
    }
    const usual = LONG * this.#usual;
    this.#usual += (Math.min(frame, SLOWEST_FRAME) - this.#usual) / 8;
    if (frame > usual) {
      this.#shown += usual; // goes on from where it was; the rest is made good frame by frame
    } else {
      const behind = due - this.#shown - frame;
      this.#shown += frame * Math.max(SLOWEST, Math.min(FASTEST, 1 + behind / PACE));
    }
    return this.#shown;
  }

  /** `way` is how long a frame was under way, relative to the first one. */
  #learn(now: number, way: number): void {
    if (now - this.#drawn > STALL) return;
    this.#fastest = Math.min(way, this.#fastest + ((now - this.#learned) / 1000) * FORGET);
    this.#learned = now;
    const late = way - this.#fastest > this.#jitter;
    this.#jitter += JITTER_STEP * (late ? 1 - LATE : -LATE);
    this.#jitter = Math.max(0, Math.min(MOST_DELAY, this.#jitter));
  }
}
