/** The Enter dialog: the click that browsers want before a page may give sound or enter VR. */

import type { System } from "../system.js";
import { add } from "../ui/dom.js";

export const entering: System = ({ page, shared, wire, ui }) => {
  const dialog = ui.openDialog("Enter the room");
  add(dialog, "h2", "title", page.roomName).setAttribute("dir", "auto");
  const inside = add(dialog, "p", "inside", page.inside);
  add(dialog, "p", "hint", "Others in this room will see where you are and where you look.");
  const buttons = add(dialog, "p", "buttons");
  const button = add(buttons, "button", "go", "Enter");
  const inVr = add(buttons, "button", "vr", "Enter VR");
  shared.$vr.subscribe((vr) => (inVr.hidden = vr !== "ready"));
  inVr.addEventListener("click", () => {
    shared.$vr_asked.next();
    button.click();
  });
  button.focus();
  shared.$look.subscribe(({ user_snapshot }) => {
    inside.textContent = insideText(Object.keys(user_snapshot).length);
  });
  wire.$joined.subscribe(() => dialog.remove());
  wire.$connection.subscribe(({ state }) => {
    button.disabled = inVr.disabled = state !== "outside";
    if (state === "joining") button.textContent = "Entering…";
    if (state === "over") dialog.remove();
  });
  button.addEventListener("click", () => {
    wire.enter();
    ui.canvas.focus();
  });
};

/** As the server writes it into the page (xr/pages/front.py). */
export function insideText(count: number): string {
  if (count === 0) return "Nobody is inside yet.";
  return count === 1 ? "1 person is inside." : `${count} people are inside.`;
}
