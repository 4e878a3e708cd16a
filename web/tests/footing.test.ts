import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Entities, Quat } from "../src/wire.gen.js";
import { EYE_HEIGHT, headingOf, verticalFov } from "../src/motion/arrival.js";
import { RADIUS } from "../src/motion/collision.js";
import { footing } from "../src/systems/footing.js";
import { createContext, disposeContext, type TestContext } from "./context.js";

const ROOM: Entities = {
  start: { spawn_point: true, position: [20, 0, 0] },
  wall: { mesh_builder: ["box", { width: 10, height: 4, depth: 1 }], position: [0, 2, 5] },
  stage: { mesh_builder: ["box", { width: 6, height: 1, depth: 6 }], position: [-10, 0.5, 0] },
};

let context: TestContext;
let camera: FreeCamera;
let page: EventTarget;

/** One frame in which the inputs ask for these metres. */
function frame(dx = 0, dz = 0): void {
  camera.position.x += dx;
  camera.position.z += dz;
  context.world.scene.render();
}
const press = (code: string): void => {
  page.dispatchEvent(Object.assign(new Event("keydown"), { code }));
};

beforeEach(() => {
  page = new EventTarget();
  vi.stubGlobal("window", page);
  context = createContext();
  camera = context.world.camera;
  vi.spyOn(context.world.scene.getEngine(), "getDeltaTime").mockReturnValue(16);
  footing(context);
  context.wire.tell("snapshot", ROOM);
  context.wire.$connection.next({ state: "joined" });
  frame();
});
afterEach(() => disposeContext(context));

describe("the own camera among things", () => {
  it("stops before a wall, and slides along it", () => {
    camera.position.set(0, 1.7, 2);
    for (let count = 0; count < 60; count += 1) frame(0.01, 0.05);
    expect(camera.position.z).toBeCloseTo(4.5 - RADIUS, 2);
    expect(camera.position.x).toBeCloseTo(0.6, 3);
    expect(camera.position.y).toBe(EYE_HEIGHT);
  });

  it.each([
    ["a headset's height above the ground", [20, 1.2, 0], 0],
    ["a seated head above a top", [-10, 1.9, 0], 1],
    ["high in the air", [30, 9, 0], 0],
  ])("arrives with the screen's eye height: %s", (_, [x = 0, y = 0, z = 0], floor) => {
    camera.position.set(x, y, z);
    frame();
    expect(camera.position.asArray()).toEqual([x, floor + EYE_HEIGHT, z]);
  });

  it("arrives beside what stands there now", () => {
    camera.position.set(0, 1.7, 5.2);
    frame();
    expect(camera.position.z).toBeCloseTo(5.5 + RADIUS, 2);
  });

  it("jumps, and comes down", () => {
    press("Space");
    const heights = Array.from({ length: 80 }, () => {
      frame();
      return camera.position.y;
    });
    expect(Math.max(...heights)).toBeGreaterThan(EYE_HEIGHT + 0.6);
    expect(heights.at(-1)).toBe(EYE_HEIGHT);
  });

  it("goes back to the start, and looks at who is in sight", () => {
    const pose = { position: [20, 1.7, 9], rotation: [0, 0, 0, 1] } as const;
    context.shared.users.set("ada", { shown: pose, target: pose });
    press("Home");
    frame();
    expect(camera.position.asArray()).toEqual([20, EYE_HEIGHT, -2]);
    expect(camera.rotation.y).toBeCloseTo(0, 9);
  });

  it("is the headset's while that draws", () => {
    context.world.scene.activeCamera = null;
    camera.position.set(0, 0.3, 5);
    context.world.camera.onAfterCheckInputsObservable.notifyObservers(camera);
    expect(camera.position.asArray()).toEqual([0, 0.3, 5]);
  });
});

describe("a heading", () => {
  it.each([
    [[0, Math.SQRT1_2, 0, Math.SQRT1_2], Math.PI / 2],
    [[Math.SQRT1_2, 0, 0, Math.SQRT1_2], 0], // straight down
    [[-Math.SQRT1_2, 0, 0, Math.SQRT1_2], 0], // straight up
    [[0.5, 0.5, -0.5, 0.5], Math.PI / 2], // to the right, then straight down
  ])("of %j", (rotation, heading) => {
    expect(headingOf(rotation as unknown as Quat)).toBeCloseTo(heading, 6);
  });
});

describe("the field of view", () => {
  it.each([16 / 10, 4 / 3, 390 / 844, 360 / 800])("is 60° across at least, aspect %d", (aspect) => {
    const vertical = verticalFov(aspect, 1);
    const across = 2 * Math.atan(Math.tan(vertical / 2) * aspect);
    expect(across).toBeGreaterThan(Math.PI / 3 - 1e-9);
    expect(vertical).toBeLessThan(2.2);
    expect(verticalFov(aspect, Math.max(vertical, 1.5))).toBeGreaterThan(1.49);
  });
});
