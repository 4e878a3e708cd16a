import { afterEach, describe, expect, it, vi } from "vitest";
import { browserStore, createPreferences, type Name, PREFERENCES, type Preferences, type Store } from "../src/preferences.js";

/** A browser's storage. */
class Memory implements Store {
  text: string | null;

  constructor(text: string | null = null) {
    this.text = text;
  }

  getItem(): string | null {
    return this.text;
  }

  setItem(_key: string, text: string): void {
    this.text = text;
  }
}

const names = Object.keys(PREFERENCES) as Name[];
const values = (preferences: Preferences): unknown[] => names.map((name) => preferences[name].value);
const refuse = (): never => {
  throw new DOMException("no storage", "SecurityError");
};
const FIRST = names.map((name) => PREFERENCES[name].first);

afterEach(() => vi.unstubAllGlobals());

describe("preferences", () => {
  it("are kept for the next visit, only those that were chosen", () => {
    const store = new Memory();
    const preferences = createPreferences(store);
    expect([values(preferences), store.text]).toEqual([FIRST, null]);
    preferences.turn.next("snap");
    preferences.fieldOfView.next(75);
    const later = createPreferences(store);
    expect([later.turn.value, later.fieldOfView.value, later.quality.value]).toEqual(["snap", 75, "auto"]);
    expect(JSON.parse(store.text ?? "")).toEqual({ turn: "snap", fieldOfView: 75 });
  });

  it("keep one that this version does not know, for the one that does", () => {
    const store = new Memory('{"of_tomorrow": 5}');
    createPreferences(store).sounds.next(false);
    expect(JSON.parse(store.text ?? "")).toEqual({ of_tomorrow: 5, sounds: false });
  });

  it.each([
    "{",
    "null",
    "7",
    '{"turn": "wildly", "turnSpeed": 99, "mouse": "1", "sounds": 1, "fieldOfView": null, "quality": "toString"}',
  ])("begin anew where the store has %s", (text) => {
    expect(values(createPreferences(new Memory(text)))).toEqual(FIRST);
  });

  it("follow the system's wish for less motion until the visitor chooses", () => {
    const store = new Memory();
    const preferences = createPreferences(store, true);
    expect(preferences.lessMotion.value).toBe(true);
    preferences.lessMotion.next(false);
    expect(createPreferences(store, true).lessMotion.value).toBe(false);
  });

  it("last for the visit where the browser keeps nothing", () => {
    vi.stubGlobal("window", Object.defineProperty({}, "localStorage", { get: refuse }));
    for (const store of [browserStore(), { getItem: refuse, setItem: refuse }]) {
      const preferences = createPreferences(store);
      preferences.sounds.next(false);
      expect(preferences.sounds.value).toBe(false);
    }
  });

  it("have a first value that may be chosen", () => {
    for (const name of names) {
      const preference = PREFERENCES[name];
      if (preference.kind !== "range") continue;
      const steps = (preference.first - preference.least) / preference.step;
      expect([name, steps]).toEqual([name, Math.round(steps)]);
    }
  });
});
