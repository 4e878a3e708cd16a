import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Scene } from "@babylonjs/core/scene.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPreferences, type Preferences } from "../src/preferences.js";
import { MouseInput, SWIPE } from "../src/systems/mouse.js";

let scene: Scene;
let camera: FreeCamera;
let picture: EventTarget;
let browserWindow: EventTarget;
let locked: boolean;
let preferences: Preferences;
let lock: ReturnType<typeof vi.fn<() => Promise<void>>>;

const mouse = (type: string, right = 0, down = 0, more: object = {}): void => {
  const target = type === "down" ? picture : browserWindow;
  const moved = { pointerType: "mouse", button: 0, movementX: right, movementY: down, ...more };
  target.dispatchEvent(Object.assign(new Event(`pointer${type}`), moved));
};

beforeEach(() => {
  scene = new Scene(new NullEngine());
  camera = new FreeCamera("own", new Vector3(0, 1.7, 0), scene);
  locked = false;
  preferences = createPreferences();
  lock = vi.fn<() => Promise<void>>().mockResolvedValue();
  picture = Object.assign(new EventTarget(), { requestPointerLock: lock });
  browserWindow = new EventTarget();
  camera.inputs.clear();
  camera.inputs.add(new MouseInput(picture as HTMLElement, browserWindow, () => locked, preferences));
  camera.inputs.attachElement();
});
afterEach(() => {
  camera.inputs.clear();
  scene.getEngine().dispose();
});

describe("the mouse", () => {
  it("turns half round by one wide swipe, and tilts not over the head", () => {
    mouse("down");
    for (let part = 0; part < 8; part += 1) mouse("move", SWIPE / 8, SWIPE / 8);
    expect(camera.rotation.y).toBeCloseTo(Math.PI, 9);
    expect(camera.rotation.x).toBe(1.5);
    mouse("up");
    mouse("move", 50);
    expect(camera.rotation.y).toBeCloseTo(Math.PI, 9);
    expect(lock).not.toHaveBeenCalled();
  });

  it("turns as far as its owner chose", () => {
    preferences.mouse.next(0.5);
    mouse("down");
    mouse("move", 64);
    expect(camera.rotation.y).toBeCloseTo(Math.PI / 20, 9);
  });

  it("asks for the pointer by a click, and then looks without a button", () => {
    mouse("down");
    mouse("move", 1, 1);
    mouse("up");
    expect(lock).toHaveBeenCalledTimes(1);
    locked = true;
    const { y } = camera.rotation;
    mouse("move", 64);
    expect(camera.rotation.y - y).toBeCloseTo(Math.PI / 10, 9);
    mouse("down");
    mouse("up");
    expect(lock).toHaveBeenCalledTimes(1);
  });

  it("does nothing by other buttons, by fingers and by leaps of the pointer", () => {
    mouse("down", 0, 0, { button: 2 });
    mouse("move", 50);
    mouse("up", 0, 0, { button: 2 });
    mouse("down", 0, 0, { pointerType: "touch" });
    mouse("move", 50, 0, { pointerType: "touch" });
    locked = true;
    mouse("move", 2000);
    expect(camera.rotation.y).toBe(0);
    expect(lock).not.toHaveBeenCalled();
  });

  it("takes a refusal as it is", async () => {
    lock.mockRejectedValue(new Error("inside a frame"));
    mouse("down");
    mouse("up");
    await Promise.resolve();
    expect(lock).toHaveBeenCalledTimes(1);
  });

  it("lets go when the controls are taken away", () => {
    mouse("down");
    camera.inputs.detachElement();
    camera.inputs.attachElement();
    mouse("move", 50);
    expect(camera.rotation.y).toBe(0);
  });
});
