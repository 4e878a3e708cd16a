/** The users present: a count in the top bar, and a message when somebody comes or goes. */

import type { System } from "../system.js";
import { add } from "../ui/dom.js";
import { userColor } from "./avatar_body.js";

export const presence: System = ({ page, wire, ui }) => {
  const count = add(ui.topBar, "span", "present");
  wire.$present.subscribe((present) => {
    count.textContent = presentText(present.size, present.get(page.userId) ?? 0);
  });
  wire.$connection.subscribe(({ state }) => {
    count.hidden = state !== "joined"; // nobody tells us of the others
  });
  const tell = (userId: string, what: string): void => {
    if (userId === page.userId) return;
    const color = userColor(userId).toHexString();
    ui.toast({ text: `Visitor ${userId.slice(0, 4)} ${what}`, color });
  };
  wire.on("user_joined").subscribe(({ user_id }) => tell(user_id, "joined"));
  wire.on("user_left").subscribe(({ user_id }) => tell(user_id, "left"));
};

/** A visitor who tries a room in two windows of one browser sees nobody, and is told why. */
export function presentText(count: number, ownWindows: number): string {
  if (count === 0) return "";
  if (count > 1) return `${count} here`;
  return ownWindows > 1 ? `only you here, in ${ownWindows} windows` : "only you here";
}
