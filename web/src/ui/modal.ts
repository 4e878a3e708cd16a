/**
 * A dialog that takes the keyboard: the browser keeps the focus inside, closes it by Escape, and gives
 * the focus back. The mouse is given back before, if it looks around.
 */

import { add } from "./dom.js";

/** Open a dialog with a title and a button that closes it. It is removed when it closes. */
export function openModal(root: HTMLElement, title: string): HTMLDialogElement {
  if (document.pointerLockElement) document.exitPointerLock();
  const dialog = add(root, "dialog", "dialog sheet");
  const head = add(dialog, "header", "head");
  const heading = add(head, "h2", "title", title);
  heading.id = "sheet-title";
  dialog.setAttribute("aria-labelledby", heading.id);
  addClose(head, () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog && isOutside(dialog, event)) dialog.close();
  });
  dialog.showModal();
  return dialog;
}

/** Add the button that closes a dialog or panel. */
export function addClose(head: HTMLElement, close: () => void): HTMLButtonElement {
  const button = add(head, "button", "quiet icon close");
  button.type = "button";
  button.setAttribute("aria-label", "Close");
  button.addEventListener("click", close);
  return button;
}

/** Beside a dialog lies its backdrop, whose events it gets. */
function isOutside(dialog: HTMLElement, { clientX: x, clientY: y }: PointerEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return x < left || x > right || y < top || y > bottom;
}
