/** The Enter dialog: the click that browsers want before a page may give sound or enter VR. */

import type { Page } from "../page.js";
import type { System } from "../system.js";
import { add } from "../ui/dom.js";
import type { Ui } from "../ui/ui.js";

export const entering: System = ({ page, wire, ui }) => {
  const dialog = openEnterDialog(page, ui, "Others in this room will see where you are and where you look.");
  const button = add(dialog, "button", "go", "Enter");
  button.focus();
  wire.$joined.subscribe(() => dialog.remove());
  wire.$connection.subscribe(({ state }) => {
    button.disabled = state !== "outside";
    if (state === "joining") button.textContent = "Entering…";
    if (state === "over") dialog.remove();
  });
  button.addEventListener("click", () => {
    wire.enter();
    ui.canvas.focus();
  });
};

/** Say instead that nobody can enter here, and why. */
export function refuseToEnter(page: Page, ui: Ui, why: string): void {
  openEnterDialog(page, ui, why);
}

function openEnterDialog(page: Page, ui: Ui, hint: string): HTMLElement {
  const dialog = ui.openDialog("Enter the room");
  add(dialog, "h2", "title", page.roomName);
  add(dialog, "p", "hint", hint);
  return dialog;
}
