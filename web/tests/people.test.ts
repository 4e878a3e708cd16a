/** The one map of people. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { people } from "../src/systems/people.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import { person } from "./person.js";

const POSE = { position: [0, 1.7, 0], rotation: [0, 0, 0, 1] } as const;
const ADA = person({ name: "Ada", role: "owner" });
const BOB = person({ name: "Bob" });

let context: TestContext;
const known = (): object => Object.fromEntries(context.shared.$people.value);

beforeEach(() => {
  context = createContext();
  people(context);
});
afterEach(() => disposeContext(context));

describe("the map of people", () => {
  it("has those who are seen from outside, then all who are present, we included", () => {
    context.shared.$look.next({ snapshot: {}, user_snapshot: { ada: { n: 1, ...ADA, ...POSE } } });
    expect(known()).toEqual({ ada: ADA });
    context.wire.tell("user_snapshot", { me: { n: 1, ...BOB, ...POSE } });
    expect(known()).toEqual({ me: BOB });
  });

  it("follows who comes, changes and goes, each with a new map", () => {
    const maps = new Set<object>();
    context.shared.$people.subscribe((map) => maps.add(map));
    context.wire.tell("user_joined", { user_id: "ada", n: 1, ...ADA, ...POSE });
    context.wire.tell("user_joined", { user_id: "bob", n: 2, ...BOB, ...POSE });
    context.wire.tell("user_changed", { user_id: "bob", name: "Bobby", hand: true, color: null });
    expect(known()).toEqual({ ada: ADA, bob: { ...BOB, name: "Bobby", hand: true } });
    context.wire.tell("user_changed", { user_id: "bob", hand: false });
    context.wire.tell("user_left", { user_id: "ada" });
    expect(known()).toEqual({ bob: { ...BOB, name: "Bobby" } });
    expect(maps.size).toBe(6);
  });

  it("knows nobody by a change that comes too late", () => {
    context.wire.tell("user_changed", { user_id: "ada", name: "Ada" });
    expect(known()).toEqual({});
  });
});
