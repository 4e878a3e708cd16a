/**
 * Finds a line that has gone silent, as after sleep or a change of network: the browser would tell
 * of it after minutes, phoenix after up to one.
 *
 * Silence is counted in ticks and not by the clock: a page that was busy or asleep for a minute has
 * not listened for a minute, and gets a few more ticks to hear what has come meanwhile.
 */

/** Milliseconds. */
export const TICK = 1000;
/** Ticks of silence after which something is asked. */
export const ASK_AFTER = 4;
/** Ticks that an answer may take. */
export const ANSWER_WITHIN = 5;
/** The same when there is a reason to think that the line is gone. */
export const ANSWER_SOON = 3;
/** Ticks that a connection may take to open. */
export const OPEN_WITHIN = 20;

/** The connection that is watched. */
export interface Line {
  readonly state: "connecting" | "open" | "closing" | "closed";
  /** Send something that is answered. */
  ask(): void;
  /** Give the connection up and make another. */
  renew(): void;
}

export class Liveness {
  readonly #line: Line;
  #ticking: ReturnType<typeof setInterval> | undefined;
  /** Ticks since something was heard or the connection was begun. */
  #silent = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  start(): void {
    this.#ticking = setInterval(() => this.#tick(), TICK);
  }

  stop(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  /** Something came. */
  heard(): void {
    this.#silent = 0;
  }

  /** The network or the page has just come back: see now whether the line is still there. */
  test(): void {
    if (this.#ticking === undefined) return;
    const { state } = this.#line;
    if (state === "open") {
      this.#silent = Math.max(this.#silent, ASK_AFTER + ANSWER_WITHIN - ANSWER_SOON);
      this.#line.ask();
    } else if (state !== "connecting" || this.#silent > 1) {
      this.#renew(); // the next attempt need not wait; nor does it help to wait for one from before
    }
  }

  #tick(): void {
    const { state } = this.#line;
    this.#silent = state === "closed" ? 0 : this.#silent + 1; // phoenix makes another
    if (state === "open" && this.#silent === ASK_AFTER) this.#line.ask();
    const limit = state === "open" ? ASK_AFTER + ANSWER_WITHIN : OPEN_WITHIN;
    if (this.#silent >= limit) this.#renew();
  }

  #renew(): void {
    this.#silent = 0;
    this.#line.renew();
  }
}
