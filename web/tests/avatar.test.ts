import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Scene } from "@babylonjs/core/scene.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createShared, type Shared } from "../src/config.js";
import { type ShownUser, startAvatars } from "../src/systems/avatar.js";
import { userColor } from "../src/systems/avatar_body.js";
import { DELAY } from "../src/systems/interpolation.js";
import type { Pose, Quat } from "../src/wire.js";

const AHEAD: Quat = [0, 0, 0, 1];
const at = (x: number, rotation = AHEAD): Pose => ({ position: [x, 1.7, 0], rotation });

let scene: Scene;
let shared: Shared;
let users: () => Record<string, ShownUser>;
let now: number;

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
  scene = new Scene(new NullEngine());
  scene.activeCamera = new FreeCamera("own", Vector3.Zero(), scene);
  shared = createShared();
  now = 0;
  users = startAvatars(scene, shared, () => now);
});
afterEach(() => {
  scene.getEngine().dispose();
});

describe("the others", () => {
  it("are there at once, where the snapshot has them", () => {
    shared.$user_snapshot.next(new Map([["ada", at(3)]]));
    draw(0);
    expect(figures()).toEqual(["user ada"]);
    expect(scene.getTransformNodeByName("face ada")?.position.asArray()).toEqual([3, 1.7, 0]);
    expect(users()).toEqual({ ada: { shown: at(3), target: at(3) } });
  });

  it("come, move smoothly and go", () => {
    shared.$room_stream.next({ event: "user_joined", userId: "bob", pose: at(0) });
    now = 50;
    shared.$room_stream.next({ event: "user_moved", userId: "bob", pose: at(0.2) });
    draw(25 + DELAY);
    expect(users()["bob"]?.shown.position[0]).toBeCloseTo(0.1, 9);
    expect(users()["bob"]?.target).toEqual(at(0.2));
    draw(50 + DELAY);
    expect(scene.getTransformNodeByName("face bob")?.position.x).toBeCloseTo(0.2, 9);
    shared.$room_stream.next({ event: "user_left", userId: "bob" });
    expect(figures()).toEqual([]);
    expect(users()).toEqual({});
  });

  it("do not come back by a late move", () => {
    shared.$room_stream.next({ event: "user_moved", userId: "ghost", pose: at(1) });
    expect(figures()).toEqual([]);
  });

  it("are one each, however often we rejoin or they join", () => {
    for (const present of [["ada", "bob"], ["ada"], ["ada", "cy"]]) {
      shared.$user_snapshot.next(new Map(present.map((id) => [id, at(0)])));
    }
    shared.$room_stream.next({ event: "user_joined", userId: "cy", pose: at(1) });
    expect(figures()).toEqual(["user ada", "user cy"]);
    const meshes = scene.meshes.length;
    shared.$room_stream.next({ event: "user_left", userId: "ada" });
    shared.$room_stream.next({ event: "user_left", userId: "cy" });
    expect(scene.meshes.filter(({ name }) => /ada|cy/.test(name))).toEqual([]);
    expect(scene.meshes.length).toBeLessThan(meshes);
  });

  it("look where they look, and the body turns with the head", () => {
    const left: Quat = [0, -Math.SQRT1_2, 0, Math.SQRT1_2];
    shared.$user_snapshot.next(new Map([["ada", at(0, left)]]));
    draw(0);
    const face = scene.getTransformNodeByName("face ada");
    expect(face?.getDirection(Vector3.Forward()).x).toBeCloseTo(-1, 6);
    expect(scene.getMeshByName("body ada")?.rotation.y).toBeCloseTo(-Math.PI / 2, 6);
  });

  it("have hands while these are tracked", () => {
    const hand = { position: [0.3, 1.2, 0.4], rotation: AHEAD } as const;
    shared.$user_snapshot.next(new Map([["ada", { ...at(0), left: null, right: hand }]]));
    expect(hands()).toEqual([false, true]);
    now = 50;
    shared.$room_stream.next({ event: "user_moved", userId: "ada", pose: at(0) });
    draw(50 + DELAY);
    expect(hands()).toEqual([false, false]);
  });
});

describe("a user's colour", () => {
  it("is always the same and differs between users", () => {
    expect(userColor("ada").toHexString()).toBe(userColor("ada").toHexString());
    const colors = new Set(["ada", "bob", "cy", "dee"].map((id) => userColor(id).toHexString()));
    expect(colors.size).toBe(4);
  });
});
