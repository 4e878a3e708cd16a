/** The visitor's own profile: kept in this browser, told where it differs. */

import { describe, expect, it } from "vitest";
import { changesFor, keepChosen, readChosen } from "../src/profile.js";
import { person } from "./person.js";

const storeOf = (text: string | null): { getItem: () => string | null; setItem: (key: string, value: string) => void; kept: string[] } => {
  const kept: string[] = [];
  return { getItem: () => text, setItem: (_, value) => void kept.push(value), kept };
};
const blocked = {
  getItem: (): never => {
    throw new Error("blocked");
  },
  setItem: (): never => {
    throw new Error("blocked");
  },
};

describe("a profile", () => {
  it("is kept for next time", () => {
    const store = storeOf(null);
    keepChosen(store, { name: "Ada", color: "#e4572e" });
    expect(readChosen(storeOf(store.kept[0] ?? null))).toEqual({ name: "Ada", color: "#e4572e" });
  });

  it.each(["nonsense", "null", "[]", '{"name": "  ", "color": "red", "avatar": "dragon"}', '{"name": 3}'])(
    "is read as nothing from %s", (text) => expect(readChosen(storeOf(text))).toEqual({}),
  );

  it("works where the browser keeps nothing", () => {
    expect(readChosen(undefined)).toEqual({});
    expect(readChosen(blocked)).toEqual({});
    expect(() => keepChosen(blocked, { name: "Ada" })).not.toThrow();
  });

  it("is told as far as it differs from how others know us", () => {
    expect(changesFor(person({ name: "Ada" }), { name: "Ada", avatar: "fox" })).toEqual({ avatar: "fox" });
  });
});
