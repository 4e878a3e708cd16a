/** Panels at the side of the picture, one open at a time, each with a button among the tools. */

import { BehaviorSubject, type Observable } from "rxjs";
import type { State } from "../shared.js";
import { add } from "./dom.js";
import { onKey } from "./keys.js";
import { addClose } from "./modal.js";
import type { Item, Wrist } from "./wrist.js";

export interface Panel {
  /** The place below the panel's title. */
  readonly body: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly $open: State<boolean>;
  open(): void;
  /** Close it; the keyboard goes back to where it was before. */
  close(): void;
  /** Show a number on the button; nothing for 0. */
  count(number: number): void;
}

export interface PanelOptions {
  readonly title: string;
  /** The class of the button's picture in style.css. */
  readonly icon: string;
  /** A key by its place on the keyboard, such as "KeyP", that opens and closes the panel. */
  readonly key?: string;
  /** The panel as lines of the wrist menu, for somebody in VR. */
  readonly $items?: Observable<readonly Item[]>;
}

/** The places that panels need. */
interface Places {
  readonly side: HTMLElement;
  readonly tools: HTMLElement;
  readonly canvas: HTMLElement;
  readonly wrist: Wrist;
}

/** Make the side. Returns what adds a panel to it. */
export function createPanels({ side, tools, canvas, wrist }: Places): (options: PanelOptions) => Panel {
  let shown: Panel | undefined;
  let before: HTMLElement | null = null; // had the focus
  return ({ title, icon, key, $items }) => {
    if ($items) wrist.add({ title, $items });
    const $open = new BehaviorSubject(false);
    const button = add(tools, "button", `tool ${icon}`);
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    const badge = add(button, "span", "badge");
    badge.hidden = true;
    const section = add(side, "section", "panel");
    section.hidden = true;
    section.tabIndex = -1;
    section.setAttribute("aria-label", title);
    const head = add(section, "header", "head");
    add(head, "h2", "title", title);
    const name = (number: number): void => button.setAttribute("aria-label", number === 0 ? title : `${title}, ${number} new`);
    name(0);
    button.setAttribute("title", title);
    const show = (open: boolean): void => {
      if (open === $open.value) return;
      if (open) {
        shown?.close();
        if (document.pointerLockElement) document.exitPointerLock();
        before = document.activeElement as HTMLElement | null;
      }
      shown = open ? panel : undefined;
      section.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
      if (open) section.focus();
      else (before && before !== document.body ? before : canvas).focus();
      $open.next(open);
    };
    const panel: Panel = {
      body: add(section, "div", "body"),
      button,
      $open,
      open: () => show(true),
      close: () => show(false),
      count: (number) => {
        badge.textContent = number > 99 ? "99+" : String(number);
        badge.hidden = number === 0;
        name(number);
      },
    };
    addClose(head, panel.close);
    button.addEventListener("click", () => show(!$open.value));
    section.addEventListener("keydown", (event) => {
      if (event.key === "Escape") panel.close();
    });
    if (key !== undefined) onKey(key, () => show(!$open.value));
    return panel;
  };
}
