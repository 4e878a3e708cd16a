/** Keys that act on the whole page, and not while somebody writes or is in a dialog. */

import { filter, fromEvent } from "rxjs";

/** Elements that use keys themselves. */
const WRITING = "input, textarea, select, dialog, [role=dialog], [contenteditable]";
/** Elements that are pressed by Space and Enter. */
const PRESSED = "button, a, summary";
const PRESSING = new Set(["Space", "Enter"]);

/** Whether a key goes to an element that uses keys itself, such as a field of text. */
export function isWriting({ target }: Event): boolean {
  return Boolean((target as Element | null)?.closest?.(WRITING));
}

/** Act on a key, by its place on the keyboard, that is pressed alone and not meant for an element. */
export function onKey(code: string, act: () => void): void {
  const isPressed = ({ target }: Event): boolean =>
    PRESSING.has(code) && Boolean((target as Element | null)?.closest?.(PRESSED));
  fromEvent<KeyboardEvent>(window, "keydown")
    .pipe(
      filter((event) => event.code === code && !event.repeat),
      filter(({ ctrlKey, metaKey, altKey }) => !ctrlKey && !metaKey && !altKey),
      filter((event) => !isWriting(event) && !isPressed(event)),
    )
    .subscribe((event) => {
      event.preventDefault();
      act();
    });
}
