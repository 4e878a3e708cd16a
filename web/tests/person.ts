/** People for tests. */

import type { Person } from "../src/shared.js";

/** Somebody who has chosen nothing, but for `fields`. */
export function person(fields: Partial<Person> = {}): Person {
  return { name: "Visitor ab22", color: "#4d9de0", avatar: "round", role: "guest", mic: "off", hand: false, stage: false, away: false, silent: false, ...fields };
}
