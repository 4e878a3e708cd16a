/** The ways on for somebody who is not in the room, or no longer. */

import { add } from "./dom.js";
import { ownPath } from "../base.js";

export function addWaysOn(dialog: HTMLElement): HTMLElement {
  const ways = add(dialog, "p", "buttons ways");
  add(ways, "a", "button quiet", "Load again").href = "";
  add(ways, "a", "button quiet", "To the rooms").href = ownPath("/");
  return ways;
}
