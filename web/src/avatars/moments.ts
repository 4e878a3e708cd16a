/** Things above heads for a moment, in a fixed number of places that are used again. Pure. */

import type { Cell } from "./picture.js";

/** Something above somebody's head. */
export interface Moment {
  userId: string;
  /** The text of a line, or the kind of a gesture. */
  content: string;
  /** undefined while the place is free. */
  cell: Cell | undefined;
  /** When it began, in milliseconds. */
  since: number;
}

export class Moments {
  readonly all: readonly Moment[];
  readonly #lasts: number;

  /** So many places; each moment lasts so many milliseconds. */
  constructor(places: number, lasts: number) {
    this.#lasts = lasts;
    this.all = Array.from({ length: places }, () => ({ userId: "", content: "", cell: undefined, since: -Infinity }));
  }

  /** Begin one: in the place of the user's last, else in a free one, else in that of the oldest. */
  begin(userId: string, content: string, now: number, draw: (place: number) => Cell): void {
    const own = this.all.findIndex((moment) => moment.cell && moment.userId === userId);
    const free = this.all.findIndex(({ cell }) => !cell);
    const place = own >= 0 ? own : free >= 0 ? free : this.#oldest();
    Object.assign(this.all[place] as Moment, { userId, content, cell: draw(place), since: now });
  }

  /** Free the places whose time is over. */
  expire(now: number): void {
    for (const moment of this.all) {
      if (now - moment.since > this.#lasts) moment.cell = undefined;
    }
  }

  #oldest(): number {
    let oldest = 0;
    this.all.forEach(({ since }, place) => {
      if (since < (this.all[oldest] as Moment).since) oldest = place;
    });
    return oldest;
  }
}
