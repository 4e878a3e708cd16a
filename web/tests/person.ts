/** People for tests. */

import type { Pose, UserPose } from "../src/wire.gen.js";

type State = Omit<UserPose, keyof Pose | "n">;

/** Somebody who has chosen nothing, but for `fields`. */
export function person(fields: Partial<State> = {}): State {
  return { name: "Visitor ab22", color: "#4d9de0", avatar: "round", role: "guest", mic: "off", hand: false, ...fields };
}
