import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Scene } from "@babylonjs/core/scene.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { STICK, STILL, TouchInput, TURNING_SPEED } from "../src/systems/touch.js";
import { WALKING_SPEED } from "../src/systems/walk.js";

/** Seconds of each frame here. */
const FRAME = 0.1;
/** Pixels to drag a finger for walking speed. */
const FULL = STILL + STICK;

let scene: Scene;
let camera: FreeCamera;
let picture: EventTarget;

const finger = (type: string, pointerId: number, x: number, y: number, pointerType = "touch"): void => {
  picture.dispatchEvent(
    Object.assign(new Event(`pointer${type}`), { pointerId, pointerType, clientX: x, clientY: y }),
  );
};

beforeEach(() => {
  scene = new Scene(new NullEngine());
  camera = new FreeCamera("own", new Vector3(0, 1.7, 0), scene);
  picture = new EventTarget();
  camera.inputs.clear();
  camera.inputs.add(new TouchInput(picture, 500));
  camera.inputs.attachElement();
  camera.inertia = 0; // all of a drag at once
  vi.spyOn(scene.getEngine(), "getDeltaTime").mockReturnValue(FRAME * 1000);
});
afterEach(() => {
  camera.inputs.clear();
  scene.getEngine().dispose();
});

describe("one finger", () => {
  it("walks while it is held away from where it came down, level also when we look down", () => {
    camera.rotation.set(0.8, Math.PI / 2, 0);
    finger("down", 7, 100, 300);
    finger("move", 7, 100, 300 - FULL);
    scene.render();
    scene.render();
    expect(camera.position.x).toBeCloseTo(2 * FRAME * WALKING_SPEED, 6);
    expect(camera.position.y).toBe(1.7);
    expect(camera.position.z).toBeCloseTo(0, 6);
    expect(camera.rotation.y).toBe(Math.PI / 2);
  });

  it("turns as fast on a slow screen as on a fast one", () => {
    finger("down", 7, 100, 300);
    finger("move", 7, 100 + FULL, 300);
    scene.render();
    expect(camera.rotation.y).toBeCloseTo(FRAME * TURNING_SPEED, 6);
    vi.spyOn(scene.getEngine(), "getDeltaTime").mockReturnValue((FRAME * 1000) / 4);
    for (let frame = 0; frame < 4; frame += 1) scene.render();
    expect(camera.rotation.y).toBeCloseTo(2 * FRAME * TURNING_SPEED, 6);
    expect(camera.position.asArray()).toEqual([0, 1.7, 0]);
  });

  it("has no more than twice the speed, and none while it trembles", () => {
    finger("down", 7, 100, 300);
    finger("move", 7, 100 - STILL, 300 + STILL);
    scene.render();
    expect([camera.position.z, camera.rotation.y]).toEqual([0, 0]);
    finger("move", 7, 100, 2000);
    scene.render();
    expect(camera.position.z).toBeCloseTo(-2 * FRAME * WALKING_SPEED, 6);
  });

  it.each(["up", "cancel"])("ends with pointer%s", (end) => {
    finger("down", 7, 100, 300);
    finger("move", 7, 100, 100);
    finger(end, 7, 100, 100);
    scene.render();
    expect(camera.position.z).toBe(0);
  });

  it("is not a mouse", () => {
    finger("down", 1, 100, 300, "mouse");
    finger("move", 1, 100, 100, "mouse");
    scene.render();
    expect(camera.position.z).toBe(0);
  });
});

describe("two fingers", () => {
  it("drag the view, and do not walk", () => {
    finger("down", 1, 100, 300);
    finger("down", 2, 200, 300);
    for (const [id, x] of [[1, 150], [2, 250]] as const) finger("move", id, x, 350);
    scene.render();
    expect(camera.rotation.y).toBeCloseTo(50 / 500, 6);
    expect(camera.rotation.x).toBeCloseTo(50 / 500, 6);
    scene.render();
    expect(camera.rotation.y).toBeCloseTo(50 / 500, 6);
    expect(camera.position.asArray()).toEqual([0, 1.7, 0]);
  });

  it("leave one that begins anew where it is", () => {
    finger("down", 1, 100, 300);
    finger("down", 2, 200, 300);
    finger("move", 1, 100, 100);
    finger("up", 2, 200, 300);
    camera.cameraRotation.set(0, 0);
    scene.render();
    expect(camera.position.z).toBe(0);
    finger("move", 1, 100, 100 - FULL);
    scene.render();
    expect(camera.position.z).toBeCloseTo(FRAME * WALKING_SPEED, 6);
  });
});
