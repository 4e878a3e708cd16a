/** The visitor's own name, colour and avatar: the choice in this browser, kept for next time. */

import type { Person } from "./shared.js";
import type { Store } from "./preferences.js";

export type Profile = Pick<Person, "name" | "color" | "avatar">;

/** Choices; a field that is left out was never chosen. */
export type Chosen = Partial<Profile>;

/** The kinds of avatar, with their words. As the server has them (xr/profile.py). */
export const AVATARS = { round: "Round", robot: "Robot", fox: "Fox", ghost: "Ghost" } as const;
export type Avatar = keyof typeof AVATARS;

/** Colours to choose from, with their words. */
export const COLORS: Readonly<Record<string, string>> = {
  "#e4572e": "Red", "#f3a712": "Amber", "#d6a2ad": "Rose", "#a8c256": "Lime", "#5fad56": "Green", "#2a9d8f": "Teal",
  "#4d9de0": "Sky", "#5c80bc": "Blue", "#8e7dbe": "Violet", "#c879ff": "Purple", "#e06c9f": "Pink", "#b08968": "Brown",
};

/** The longest name that the server takes. */
export const LONGEST_NAME = 32;
const KEY = "xr:profile";

/** The choices of before; none where the browser keeps nothing for us. */
export function readChosen(store: Store | undefined): Chosen {
  try {
    const kept = JSON.parse(store?.getItem(KEY) ?? "{}") as Record<string, unknown>;
    return {
      ...(isName(kept["name"]) && { name: kept["name"] }),
      ...(typeof kept["color"] === "string" && /^#[0-9a-f]{6}$/.test(kept["color"]) && { color: kept["color"] }),
      ...(typeof kept["avatar"] === "string" && kept["avatar"] in AVATARS && { avatar: kept["avatar"] }),
    };
  } catch {
    return {}; // not ours, or refused: as if nothing was chosen
  }
}

/** Keep the choices, if the browser lets us. */
export function keepChosen(store: Store | undefined, chosen: Chosen): void {
  try {
    store?.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // full, or refused in this tab: the server knows them all the same
  }
}

/** The choices that differ from how everybody knows us. */
export function changesFor(known: Profile, chosen: Chosen): Chosen {
  return Object.fromEntries(Object.entries(chosen).filter(([field, value]) => known[field as keyof Profile] !== value));
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && value.length <= 2 * LONGEST_NAME;
}
