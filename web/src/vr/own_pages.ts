/** The pages of the wrist menu that are there in any room: going about, the choices, and the way out. */

import { type BehaviorSubject, combineLatest, map, of } from "rxjs";
import { type Name, type Preference, PREFERENCES, type Preferences } from "../preferences.js";
import type { Item, WristPage } from "../ui/wrist.js";
import type { Travel } from "./travel.js";

/** Choices that are seen or felt in a headset, in this order. */
const NAMES = ["vrWalk", "vrTurn", "comfort", "seated", "height", "turnSpeed", "sounds"] as const satisfies readonly Name[];
/** Words of a choice that are too long for a wrist. */
const SHORT: Readonly<Record<string, string>> = { teleport: "Jumps", smooth: "Smooth", snap: "Steps" };

export function ownPages(travel: Travel, preferences: Preferences, leave: () => void): WristPage[] {
  const going: Item[] = [
    { label: "Turn left", act: () => travel.turn(-1) },
    { label: "Turn right", act: () => travel.turn(1) },
    { label: "Turn round", act: () => travel.turn(6) },
    { label: "Recentre", act: () => travel.recentre() },
  ];
  const $settings = combineLatest(NAMES.map((name) => preferences[name] as BehaviorSubject<unknown>)).pipe(
    map((values) => NAMES.map((name, index) => settingItem(PREFERENCES[name], preferences[name] as BehaviorSubject<unknown>, values[index]))),
  );
  const out: Item[] = [{ label: "Leave VR", act: leave }];
  return [
    { title: "Move", $items: of(going) },
    { title: "Settings", $items: $settings },
    { title: "Leave", $items: of(out) },
  ];
}

/** A choice as a line: a press takes the next of its values, and after the last the first. */
function settingItem(preference: Preference, $value: BehaviorSubject<unknown>, value: unknown): Item {
  return { label: preference.label, state: wordsOf(preference, value), act: () => $value.next(nextOf(preference, value)) };
}

export function nextOf(preference: Preference, value: unknown): unknown {
  if (preference.kind === "flag") return !value;
  if (preference.kind === "range") {
    const next = (value as number) + preference.step;
    return next > preference.most ? preference.least : next;
  }
  const options = Object.keys(preference.options);
  return options[(options.indexOf(value as string) + 1) % options.length];
}

function wordsOf(preference: Preference, value: unknown): string {
  if (preference.kind === "flag") return value ? "On" : "Off";
  if (preference.kind === "range") return `${String(value)}${preference.unit}`;
  return SHORT[value as string] ?? preference.options[value as string] ?? "";
}
