/** When to draw, and how finely: pure, times are milliseconds of one steady clock. */

/** Between two frames while nothing changes: people still breathe and blink. */
const IDLE_FRAME = 105;
/** A change is seen for so long: others are shown behind what came of them. */
const AWAKE = 500;

/** Draws each frame of the display after a change, and few otherwise. */
export class Pace {
  #awakeUntil = 0;
  #drawn = -Infinity;

  /** Something changes now, and goes on for `lasting`. */
  wake(now: number, lasting = AWAKE): void {
    this.#awakeUntil = Math.max(this.#awakeUntil, now + lasting);
  }

  isAwake(now: number): boolean {
    return now < this.#awakeUntil;
  }

  /** Whether the frame that the display offers at `now` is to be drawn. */
  draws(now: number): boolean {
    if (!this.isAwake(now) && now - this.#drawn < IDLE_FRAME) return false;
    this.#drawn = now;
    return true;
  }
}

/** Parts of the full resolution, from the finest. */
const SHARES = [1, 0.75, 0.5];
/** Frames are judged by their mean over so long. */
const SPAN = 3000;
/** Means in milliseconds: frames are late; there is time for finer ones. */
const LATE = 28;
const EARLY = 20;
/** Spans of early frames before finer ones are tried; twice as many after each try in vain. */
const PATIENCE = 2;
const MOST_PATIENCE = 16;

/** The part of the full resolution that somebody has chosen; undefined leaves it to the frames. */
export const CHOSEN = { auto: undefined, high: 1, low: 0.5 } as const;

/** Lowers the resolution while frames are late, and raises it again. */
export class Quality {
  #level = 0;
  #time = 0;
  #frames = 0;
  #early = 0;
  #patience = PATIENCE;
  #tried = false;

  /** The part of the full resolution, in each direction, to draw. */
  get share(): number {
    return SHARES[this.#level] as number;
  }

  /** A frame was drawn so long after the one before, with no pause between them. */
  add(frame: number): void {
    this.#time += frame;
    this.#frames += 1;
    if (this.#time < SPAN) return;
    const mean = this.#time / this.#frames;
    this.#time = this.#frames = 0;
    if (mean > LATE) this.#lower();
    else if (mean < EARLY) this.#raise();
    else this.#early = 0;
  }

  #lower(): void {
    if (this.#tried) this.#patience = Math.min(MOST_PATIENCE, 2 * this.#patience);
    this.#tried = false;
    this.#early = 0;
    this.#level = Math.min(SHARES.length - 1, this.#level + 1);
  }

  #raise(): void {
    this.#tried = false; // what was tried last has held for a span
    this.#early += 1;
    if (this.#level === 0 || this.#early < this.#patience) return;
    this.#early = 0;
    this.#level -= 1;
    this.#tried = true;
  }
}
