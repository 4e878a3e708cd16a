/**
 * Dialogs that keep the keyboard inside.
 *
 * A modal is closed by Escape, and the browser gives the focus back to the element that had it. A
 * doorway stands before the page until the system that opened it closes it; all else is inert then.
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

/** A dialog that only its system closes. */
export interface Doorway {
  readonly element: HTMLElement;
  /** Remove it; `focus` has the keyboard then. Closing it again does nothing. */
  close(focus: HTMLElement): void;
}

/** Open a doorway with a label. The page behind it takes neither keys nor clicks. */
export function openDoorway(root: HTMLElement, label: string): Doorway {
  if (document.pointerLockElement) document.exitPointerLock();
  const behind = [...root.children].filter((element) => !isLive(element));
  for (const element of behind) element.toggleAttribute("inert", true);
  const element = add(root, "div", "dialog doorway");
  element.setAttribute("role", "dialog");
  element.setAttribute("aria-modal", "true");
  element.setAttribute("aria-label", label);
  element.tabIndex = -1; // it has the focus while its button waits
  return {
    element,
    close: (focus) => {
      if (!element.isConnected) return;
      element.remove();
      for (const other of behind) other.removeAttribute("inert");
      focus.focus();
    },
  };
}

/** Whether it only tells something, which is to be told now, too. */
function isLive(element: Element): boolean {
  return element.getAttribute("role") === "status" || element.getAttribute("aria-live") !== null;
}

/** Beside a dialog lies its backdrop, whose events it gets. */
function isOutside(dialog: HTMLElement, { clientX: x, clientY: y }: PointerEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return x < left || x > right || y < top || y > bottom;
}
