/**
 * Keys, buttons and fingers that are held down end with an event that may never come: macOS sends no
 * keyup while Command is held, and another window or the system may take the input away.
 */

const COMMAND = new Set(["Meta", "OS"]);

/** Call `release` whenever what is held may have been let go unseen. */
export function whenInputMayBeLost(window: EventTarget, document: EventTarget, release: () => void): void {
  const onKey = (event: Event): void => {
    if (COMMAND.has((event as KeyboardEvent).key)) release();
  };
  // captured, so that nobody on the page can keep them from us
  window.addEventListener("keydown", onKey, true);
  window.addEventListener("keyup", onKey, true);
  for (const type of ["blur", "pagehide", "pointercancel"]) window.addEventListener(type, release, true);
  for (const type of ["visibilitychange", "freeze"]) document.addEventListener(type, release);
}
