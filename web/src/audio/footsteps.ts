/** When somebody who is seen walking is heard stepping. Pure, and no object is made for a frame. */

import type { ShownUser } from "../shared.js";

/** Metres from one step to the next. */
export const STRIDE = 0.8;
/** Metres in one frame that nobody walks: they were put elsewhere. */
const LEAP = 1.5;

interface Walked {
  x: number;
  z: number;
  /** Metres since the last step. */
  metres: number;
}

export class Footsteps {
  readonly #walked = new WeakMap<ShownUser, Walked>();

  /** Whether the user steps in this frame; asked once a frame of each. */
  steps(user: ShownUser): boolean {
    const [x, , z] = user.shown.position;
    let walked = this.#walked.get(user);
    if (!walked) {
      walked = { x, z, metres: 0 };
      this.#walked.set(user, walked);
    }
    const way = Math.hypot(x - walked.x, z - walked.z);
    walked.x = x;
    walked.z = z;
    walked.metres = way > LEAP ? 0 : walked.metres + way;
    if (walked.metres < STRIDE) return false;
    walked.metres -= STRIDE;
    return true;
  }
}
