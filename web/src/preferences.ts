/**
 * The visitor's own choices about this page: how to move, how the picture looks, and what is heard.
 *
 * Each is one line of `PREFERENCES`; the settings sheet shows them all. A system that cares reads the
 * value or subscribes: `shared.preferences.turn.value`. They are kept in this browser, or for the
 * visit only where the browser keeps nothing for us.
 */

import { BehaviorSubject, skip } from "rxjs";

/** The headings of the sheet, in its order. */
export const GROUPS = ["Moving", "Picture", "Sound", "Headset"] as const;

interface Entry<T> {
  readonly group: (typeof GROUPS)[number];
  readonly label: string;
  /** The value of somebody who has not chosen. */
  readonly first: T;
}

/** One of a few, each with its words. */
export interface Choice<T extends string> extends Entry<T> {
  readonly kind: "choice";
  readonly options: Readonly<Record<T, string>>;
}

/** A number from `least` to `most`. */
export interface Range extends Entry<number> {
  readonly kind: "range";
  readonly least: number;
  readonly most: number;
  readonly step: number;
  /** Written behind the number, such as "°". */
  readonly unit: string;
}

/** Yes or no. */
export interface Flag extends Entry<boolean> {
  readonly kind: "flag";
}

/** A new preference is a line here. A name is never used again for another meaning: it is stored. */
export const PREFERENCES = {
  turn: choice("Moving", "Turning", { smooth: "Smooth", snap: "In steps of 30°" }, "smooth"),
  turnSpeed: range("Moving", "Turning speed", { least: 0.5, most: 2, step: 0.25, unit: "×" }, 1),
  mouse: range("Moving", "Mouse speed", { least: 0.25, most: 3, step: 0.25, unit: "×" }, 1),
  touch: range("Moving", "Finger speed", { least: 0.5, most: 3, step: 0.25, unit: "×" }, 1),
  lessMotion: flag("Moving", "Less motion", false),
  fieldOfView: range("Picture", "Field of view", { least: 45, most: 90, step: 5, unit: "°" }, 60),
  quality: choice("Picture", "Quality", { auto: "Automatic", high: "High", low: "Low" }, "auto"),
  microphone: choice(
    "Sound",
    "Microphone",
    { open: "Open while it is on", hold: "While V is held, or B or Y in VR" },
    "open",
  ),
  loudspeakers: flag("Sound", "Loudspeakers: keep the others from hearing themselves", false),
  voices: range("Sound", "Voices of others", { least: 0, most: 100, step: 10, unit: " %" }, 100),
  sounds: flag("Sound", "Sounds of the room", true),
  vrWalk: choice("Headset", "Walking", { teleport: "Jump to where you point", smooth: "Smooth, by the left stick" }, "teleport"),
  vrTurn: choice("Headset", "Turning in VR", { snap: "In steps of 30°", smooth: "Smooth" }, "snap"),
  comfort: flag("Headset", "Darker rim while moving", true),
  seated: flag("Headset", "Sitting: see as if standing", false),
  height: range("Headset", "Higher or lower", { least: -30, most: 80, step: 5, unit: " cm" }, 0),
} as const;

export type Name = keyof typeof PREFERENCES;
export type Preference = Choice<string> | Range | Flag;
type Value<Key extends Name> = (typeof PREFERENCES)[Key] extends Entry<infer T> ? T : never;

/** The current values, each observable. To choose is to call `next`. */
export type Preferences = { readonly [Key in Name]: BehaviorSubject<Value<Key>> };

/** The part of the browser's storage used here. */
export type Store = Pick<Storage, "getItem" | "setItem">;

const KEY = "xr:preferences";

/** Read what was chosen before, and keep what will be chosen. Without a store they last for the visit. */
export function createPreferences(store?: Store, lessMotion = false): Preferences {
  const kept = read(store);
  const values = new Map<string, BehaviorSubject<unknown>>();
  for (const [name, preference] of Object.entries(PREFERENCES)) {
    const first = name === "lessMotion" ? lessMotion : preference.first;
    values.set(name, new BehaviorSubject<unknown>(isValue(preference, kept[name]) ? kept[name] : first));
  }
  for (const [name, $value] of values) {
    $value.pipe(skip(1)).subscribe((value) => {
      kept[name] = value;
      write(store, kept);
    });
  }
  return Object.fromEntries(values) as unknown as Preferences;
}

/** The store of this browser, if it lets us have one: a visitor may have blocked it. */
export function browserStore(): Store | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

/** Whether a stored value is one that may be chosen today. */
export function isValue(preference: Preference, value: unknown): boolean {
  switch (preference.kind) {
    case "choice":
      return typeof value === "string" && Object.hasOwn(preference.options, value);
    case "range":
      return typeof value === "number" && value >= preference.least && value <= preference.most;
    case "flag":
      return typeof value === "boolean";
  }
}

function read(store: Store | undefined): Record<string, unknown> {
  try {
    const kept: unknown = JSON.parse(store?.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? { ...kept } : {};
  } catch {
    return {}; // not ours, or refused: as if nothing was chosen
  }
}

function write(store: Store | undefined, kept: Readonly<Record<string, unknown>>): void {
  try {
    store?.setItem(KEY, JSON.stringify(kept));
  } catch {
    // full, or refused in this tab: the choice holds for the visit
  }
}

function choice<T extends string>(
  group: Entry<T>["group"],
  label: string,
  options: Readonly<Record<T, string>>,
  first: NoInfer<T>,
): Choice<T> {
  return { kind: "choice", group, label, options, first };
}

function range(
  group: Entry<number>["group"],
  label: string,
  bounds: Pick<Range, "least" | "most" | "step" | "unit">,
  first: number,
): Range {
  return { kind: "range", group, label, ...bounds, first };
}

function flag(group: Entry<boolean>["group"], label: string, first: boolean): Flag {
  return { kind: "flag", group, label, first };
}
