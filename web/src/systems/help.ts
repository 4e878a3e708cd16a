/** The line at the bottom that says how to walk and look. */

import type { System } from "../system.js";

const FINGERS = ["Walk: the stick, or tap where to go", "Look: drag"];
/** A part of the browser that only some have: the letters that are printed on the keys. */
interface Keyboard {
  getLayoutMap(): Promise<ReadonlyMap<string, string>>;
}

export const help: System = ({ ui }) => {
  if (window.matchMedia("(hover: none)").matches) {
    for (const phrase of FINGERS) ui.addHelp(phrase);
    return;
  }
  const shown = phrases(new Map()).map((phrase) => ui.addHelp(phrase));
  void readLayout().then((layout) =>
    phrases(layout).forEach((phrase, index) => ((shown[index] as HTMLElement).textContent = phrase)),
  );
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
    "Look: drag",
    "Run: Shift",
    "Jump: Space",
  ];
}
