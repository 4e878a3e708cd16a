import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Pose, Quat } from "../src/messages.js";
import { avatars } from "../src/systems/avatars.js";
import { userColor } from "../src/systems/avatar_body.js";
import { DELAY } from "../src/systems/interpolation.js";
import { createContext, disposeContext, type TestContext } from "./context.js";

const AHEAD: Quat = [0, 0, 0, 1];
const at = (x: number, rotation = AHEAD): Pose => ({ position: [x, 1.7, 0], rotation });

let context: TestContext;
let scene: Scene;
let now: number;

/** Where the others are drawn and where they go: x alone. */
const users = (): Record<string, { shown: number; target: number }> =>
  Object.fromEntries(
    Array.from(context.shared.users, ([id, { shown, target }]) => [
      id,
      { shown: shown.position[0], target: target.position[0] },
    ]),
  );
const join = (user_id: string, pose: Pose): void =>
  context.wire.tell("user_joined", { user_id, n: 7, ...pose });
const move = (user_id: string, pose: Pose): void =>
  context.wire.tell("user_moved", { user_id, ...pose });
const leave = (user_id: string): void => context.wire.tell("user_left", { user_id });
/** A join was granted: these are present, and we. */
const snapshot = (present: Record<string, Pose>): void => {
  const all = Object.entries({ ...present, me: at(9) });
  context.wire.tell(
    "user_snapshot",
    Object.fromEntries(all.map(([id, pose], n) => [id, { n, ...pose }])),
  );
};

const figures = (): string[] =>
  scene.transformNodes
    .map(({ name }) => name)
    .filter((name) => name.startsWith("user "))
    .toSorted();

const hands = (): boolean[] =>
  scene.meshes.filter(({ name }) => name === "hand ada").map((mesh) => mesh.isEnabled());

/** Draw the frame of `time`. */
const draw = (time: number): void => {
  now = time;
  scene.render();
};

beforeEach(() => {
  context = createContext();
  ({ scene } = context.world);
  now = 0;
  avatars(context, () => now);
});
afterEach(() => {
  disposeContext(context);
});

describe("the others", () => {
  it("are there at once, where the snapshot has them", () => {
    snapshot({ ada: at(3) });
    draw(0);
    expect(figures()).toEqual(["user ada"]);
    expect(scene.getTransformNodeByName("face ada")?.position.asArray()).toEqual([3, 1.7, 0]);
    expect(users()).toEqual({ ada: { shown: 3, target: 3 } });
  });

  it("come, move smoothly and go", () => {
    join("bob", at(0));
    now = 50;
    move("bob", at(0.2));
    draw(25 + DELAY);
    expect(users()["bob"]?.shown).toBeCloseTo(0.1, 9);
    expect(users()["bob"]?.target).toBe(0.2);
    draw(50 + DELAY);
    expect(scene.getTransformNodeByName("face bob")?.position.x).toBeCloseTo(0.2, 9);
    leave("bob");
    expect(figures()).toEqual([]);
    expect(users()).toEqual({});
  });

  it("do not come back by a late move", () => {
    move("ghost", at(1));
    expect(figures()).toEqual([]);
  });

  it("are one each, however often we rejoin or they join", () => {
    for (const present of [["ada", "bob"], ["ada"], ["ada", "cy"]]) {
      snapshot(Object.fromEntries(present.map((id) => [id, at(0)])));
    }
    join("cy", at(1));
    expect(figures()).toEqual(["user ada", "user cy"]);
    const meshes = scene.meshes.length;
    leave("ada");
    leave("cy");
    expect(scene.meshes.filter(({ name }) => /ada|cy/.test(name))).toEqual([]);
    expect(scene.meshes.length).toBeLessThan(meshes);
  });

  it("look where they look, and the body turns with the head", () => {
    const left: Quat = [0, -Math.SQRT1_2, 0, Math.SQRT1_2];
    snapshot({ ada: at(0, left) });
    draw(0);
    const face = scene.getTransformNodeByName("face ada");
    expect(face?.getDirection(Vector3.Forward()).x).toBeCloseTo(-1, 6);
    expect(scene.getMeshByName("body ada")?.rotation.y).toBeCloseTo(-Math.PI / 2, 6);
  });

  it("have hands while these are tracked", () => {
    const hand = { position: [0.3, 1.2, 0.4], rotation: AHEAD } as const;
    snapshot({ ada: { ...at(0), left: null, right: hand } });
    expect(hands()).toEqual([false, true]);
    now = 50;
    move("ada", at(0));
    draw(50 + DELAY);
    expect(hands()).toEqual([false, false]);
  });
});

describe("we ourselves", () => {
  it("have no avatar, though the server tells of us as of the others", () => {
    snapshot({});
    join("me", at(1));
    move("me", at(2));
    draw(0);
    expect(figures()).toEqual([]);
    expect(users()).toEqual({});
  });
});

describe("the end", () => {
  it("leaves nobody standing there, whom we would no longer see leave", () => {
    snapshot({ ada: at(1), bob: at(2) });
    context.wire.$connection.next({ state: "away" });
    expect(figures()).toHaveLength(2);
    context.wire.$connection.next({ state: "over", reason: "kicked" });
    expect(figures()).toEqual([]);
    expect(users()).toEqual({});
  });
});

describe("a user's colour", () => {
  it("is always the same and differs between users", () => {
    expect(userColor("ada").toHexString()).toBe(userColor("ada").toHexString());
    const colors = new Set(["ada", "bob", "cy", "dee"].map((id) => userColor(id).toHexString()));
    expect(colors.size).toBe(4);
  });
});
