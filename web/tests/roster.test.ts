/** The list of people: order, words, acts; and the walk to somebody. */

import { describe, expect, it } from "vitest";
import { actsOn, inOrder, raisedHands, whereText } from "../src/roster.js";
import { GoInput } from "../src/systems/go_to.js";
import type { Person } from "../src/shared.js";
import type { Quat, Vec3 } from "../src/wire.gen.js";
import { createContext, disposeContext } from "./context.js";
import { person } from "./person.js";

const AHEAD: Quat = [0, 0, 0, 1];
const people = (entries: Record<string, Partial<Person>>): Map<string, Person> =>
  new Map(Object.entries(entries).map(([id, fields]) => [id, person(fields)]));

describe("the order", () => {
  it("begins with the raised hands, as they went up, then we, then by name", () => {
    let room = people({ z: { name: "Zoë" }, me: { name: "Me", hand: true }, a: { name: "Ada" }, b: { name: "Bob" } });
    let hands = raisedHands([], room);
    room = people({ z: { name: "Zoë", hand: true }, me: { name: "Me", hand: true }, a: { name: "Ada" }, b: { name: "Bob" } });
    hands = raisedHands(hands, room);
    expect(inOrder(room, hands, "me")).toEqual(["me", "z", "a", "b"]);
    room = people({ z: { name: "Zoë", hand: true }, me: { name: "Me" }, a: { name: "Ada" } });
    hands = raisedHands(hands, room);
    expect(inOrder(room, hands, "me")).toEqual(["z", "me", "a"]);
  });
});

describe("the place of somebody", () => {
  const quarter: Quat = [0, Math.SQRT1_2, 0, Math.SQRT1_2];
  it.each<[Vec3, Quat, string]>([
    [[0, 1.7, 3], AHEAD, "3.0 m ahead"],
    [[3, 1.7, 3], AHEAD, "4.2 m ahead to the right"],
    [[-14, 1.7, 0], AHEAD, "14 m to the left"],
    [[0, 1.7, 3], quarter, "3.0 m to the left"],
    [[-3, 1.7, 0], quarter, "3.0 m behind"],
    [[0.1, 1.7, 0.2], AHEAD, "beside you"],
  ])("%o is told from where we look", (place, rotation, text) => {
    expect(whereText({ position: [0, 1.7, 0], rotation }, place)).toBe(text);
  });
});

describe("the acts", () => {
  it.each<[Person["role"], Person["role"], string]>([
    ["guest", "guest", "look walk ignore"],
    ["member", "guest", "look walk ignore"],
    ["moderator", "member", "look walk ignore mute kick ban"],
    ["moderator", "moderator", "look walk ignore"],
    ["owner", "moderator", "look walk ignore mute kick ban demote stage"],
    ["owner", "guest", "look walk ignore mute kick ban promote stage"],
    ["owner", "owner", "look walk ignore stage"],
  ])("of %s on %s are %s", (own, role, acts) => {
    expect(actsOn(person({ role }), own, false).join(" ")).toBe(acts);
  });

  it("take back what was done", () => {
    expect(actsOn(person({ mic: "muted" }), "owner", true)).toEqual(
      expect.arrayContaining(["heed", "unmute"]),
    );
  });
});

describe("the walk to somebody", () => {
  it("stops before them, and gives up before a wall", () => {
    const context = createContext();
    const { camera, scene } = context.world;
    const go = new GoInput();
    camera.inputs.clear();
    camera.inputs.add(go);
    camera.position.set(0, 1.7, 0);
    scene.getEngine().getDeltaTime = () => 50;
    const far: Vec3 = [3, 1.7, 4];
    go.go(() => far);
    for (let frame = 0; frame < 60; frame += 1) go.checkInputs();
    expect(Math.hypot(3 - camera.position.x, 4 - camera.position.z)).toBeCloseTo(1.2, 1);
    expect(camera.rotation.y).toBeCloseTo(Math.atan2(3, 4), 5);
    go.go(() => [30, 1.7, 4]);
    for (let frame = 0; frame < 30; frame += 1) {
      go.checkInputs();
      camera.position.set(1, 1.7, 1); // a wall
    }
    go.checkInputs();
    expect(camera.position.x).toBe(1);
    disposeContext(context);
  });
});
