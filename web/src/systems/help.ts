/**
 * The line at the bottom that says how to walk and look. It goes with the first use; the key `?` and
 * a button bring it back, with all keys.
 */

import { filter, fromEvent, merge, take } from "rxjs";
import type { System } from "../system.js";
import { add } from "../ui/dom.js";
import { isWalkKey } from "./walk.js";

const FINGERS = ["Walk: stick or tap", "Look: drag", "Overview: pinch"];
/** How many of the phrases for keys stand there from the beginning. */
const FIRST = 5;

/** A part of the browser that only some have: the letters that are printed on the keys. */
interface Keyboard {
  getLayoutMap(): Promise<ReadonlyMap<string, string>>;
}

export const help: System = ({ ui, wire }) => {
  const fingers = window.matchMedia("(hover: none)").matches;
  const shown = (fingers ? FINGERS : phrases(new Map())).map((phrase) => add(ui.help, "span", "phrase", phrase));
  for (const phrase of shown.slice(FIRST)) phrase.hidden = true;
  if (!fingers) {
    void readLayout().then((layout) =>
      phrases(layout).forEach((phrase, index) => ((shown[index] as HTMLElement).textContent = phrase)),
    );
  }

  const button = add(ui.tools, "button", "helper", "?");
  button.setAttribute("aria-label", "Help");
  const $keys = fromEvent<KeyboardEvent>(window, "keydown");
  merge($keys.pipe(filter(({ code }) => isWalkKey(code))), fromEvent(ui.canvas, "pointerup"))
    .pipe(
      filter(() => wire.$connection.value.state === "joined"),
      take(1),
    )
    .subscribe(() => (ui.help.hidden = true));
  merge($keys.pipe(filter(({ key }) => key === "?")), fromEvent(button, "click")).subscribe(() => {
    const all = shown.every(({ hidden }) => !hidden);
    ui.help.hidden = !ui.help.hidden && all;
    for (const phrase of shown) phrase.hidden = false;
  });
};

async function readLayout(): Promise<ReadonlyMap<string, string>> {
  const { keyboard } = navigator as { keyboard?: Keyboard };
  try {
    return (await keyboard?.getLayoutMap()) ?? new Map();
  } catch {
    return new Map(); // forbidden, as inside a frame: the letters of an English keyboard stay
  }
}

/** The keys by their place on the keyboard, as systems/walk.ts reads them, and by their print here. */
function phrases(layout: ReadonlyMap<string, string>): string[] {
  const print = (...keys: string[]): string =>
    keys.map((key) => layout.get(`Key${key}`)?.toUpperCase() ?? key).join(" ");
  return [
    `Walk: ${print("W", "A", "S", "D")} or arrows`,
    `Turn: ${print("Q", "E")}`,
    "Look: drag, or click (Esc ends it)",
    "Run: Shift",
    "Jump: Space",
    "Turn: arrows to the side",
    "Tilt: Page Up, Page Down",
    "Back to the start: Home",
    `People: ${print("P")}`,
    "Write: Enter (Esc ends it)",
    `Microphone: ${print("V")}`,
    "Wave, clap, heart, laugh: 1 2 3 4",
    `Raise hand: ${print("H")}`,
    `Settings: ${print("O")}`,
    "This help: ?",
  ];
}
