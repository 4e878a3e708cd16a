/** Short messages that go by themselves. */

import { add } from "./dom.js";

/** Milliseconds that a message is shown. */
const SHOWN_FOR = 5000;
/** Messages on the screen at once. When full the oldest goes. */
const MESSAGES = 4;

export interface Toast {
  readonly text: string;
  /** Of a dot before it, as CSS has it. */
  readonly color?: string;
}

/** Make the place inside `root`. Returns what shows a message there. */
export function createToasts(root: HTMLElement): (toast: Toast) => void {
  const list = add(root, "ol", "messages");
  list.setAttribute("aria-live", "polite");
  return ({ text, color }) => {
    const item = add(list, "li", "message");
    if (color !== undefined) add(item, "span", "dot").style.setProperty("background", color);
    item.append(text);
    while (list.children.length > MESSAGES) list.firstElementChild?.remove();
    setTimeout(() => item.remove(), SHOWN_FOR);
  };
}
