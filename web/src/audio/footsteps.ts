/** When somebody who is seen walking is heard stepping. Pure, and no object is made for a frame. */

import type { ShownUser } from "../shared.js";
import type { Vec3 } from "../wire.gen.js";

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

  /**
   * The nearest to the listener of those who step in this frame; asked once a frame, of all. One of a
   * crowd is enough: the others come in other frames, and to begin a sound takes a frame's time.
   */
  nearest(users: Iterable<ShownUser>, [x, y, z]: Vec3): ShownUser | undefined {
    let found: ShownUser | undefined;
    let least = Infinity;
    for (const user of users) {
      if (!this.#steps(user)) continue;
      const [userX, userY, userZ] = user.shown.position;
      const away = Math.hypot(userX - x, userY - y, userZ - z);
      if (away >= least) continue;
      least = away;
      found = user;
    }
    return found;
  }

  #steps(user: ShownUser): boolean {
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
