/**
 * The ring around the picture, for those who come to it with the keyboard. The browser's own rule would
 * show it to everybody after Enter, and to all who walk with keys, around the whole page.
 */

import type { System } from "../system.js";

/** Shown from a key elsewhere on the page until a key or the pointer is used in the picture. */
export const sceneRing: System = ({ ui: { canvas } }) => {
  const ring = (shown: boolean): void => void canvas.classList.toggle("ringed", shown);
  window.addEventListener("keydown", ({ target, key }) => ring(target !== canvas || key === "Tab"), true);
  window.addEventListener("pointerdown", () => ring(false), true);
};
