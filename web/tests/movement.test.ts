import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Pose, Quat } from "../src/wire.gen.js";
import { movement } from "../src/systems/movement.js";
import { SNAP, TURNING_SPEED, WalkInput, WALKING_SPEED } from "../src/systems/walk.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import { person } from "./person.js";

/** Half a right angle to the right; and a little down as well. */
const LOOK: Quat = [0, Math.sin(Math.PI / 8), 0, Math.cos(Math.PI / 8)];
const TILTED: Quat = [0.0925, 0.3795, -0.0383, 0.9197];
const PLACE: Pose = { position: [3, 1.7, -4], rotation: LOOK };

let context: TestContext;
let scene: Scene;
let camera: FreeCamera;
let sent: Pose[];

beforeEach(() => {
  vi.useFakeTimers();
  context = createContext();
  ({ scene, camera } = context.world);
  sent = context.wire.moves;
  movement(context);
});
afterEach(() => {
  vi.useRealTimers();
  disposeContext(context);
});

/** The server grants a join. */
function join(pose = PLACE): void {
  context.wire.$connection.next({ state: "joined" });
  context.wire.$joined.next();
  draw(); // a frame may come between the reply and the snapshot
  context.wire.tell("user_snapshot", { me: { n: 0, ...person(), ...pose }, ada: { n: 1, ...person(), ...PLACE } });
}

/** One coordinate of all that was sent, in millimetres' precision. */
const sentAt = (axis: 0 | 1 | 2): number[] =>
  sent.map(({ position }) => Math.round(position[axis] * 1000) / 1000);

/** Steps of a turn to the right, after so many frames more. */
function turned(frames: number): number {
  for (let frame = 0; frame < frames; frame += 1) scene.render();
  return Math.round(camera.rotation.y / SNAP);
}

function draw(): void {
  vi.advanceTimersByTime(100);
  scene.render();
}

describe("the own camera", () => {
  it("goes where the first snapshot has us, and has nothing to say about it", () => {
    draw();
    join();
    draw();
    expect(camera.position.asArray()).toEqual([3, 1.7, -4]);
    expect(camera.rotation.asArray()).toEqual([0, expect.closeTo(Math.PI / 4, 2), 0]);
    expect(sent).toEqual([]);
  });

  it("stands level where it comes back to with a tilted head, and tells so", () => {
    join({ ...PLACE, rotation: TILTED });
    draw();
    expect(camera.rotation.asArray()).toEqual([0, expect.closeTo(Math.PI / 4, 2), 0]);
    expect(sent).toHaveLength(1);
  });

  it("sends after the frame that shows the move, with that frame's place", () => {
    join();
    draw();
    camera.position.x = 5;
    draw();
    expect(sentAt(0)).toEqual([5]);
    draw();
    expect(sent).toHaveLength(1);
  });

  it("stays on a rejoin, and tells the server where it is", () => {
    join();
    draw();
    context.wire.$connection.next({ state: "away" });
    camera.position.x = 6;
    draw();
    expect(sent).toEqual([]);
    join({ position: [0, 1.7, 0], rotation: [0, 0, 0, 1] });
    expect(camera.position.x).toBe(6);
    expect(sentAt(0)).toEqual([6]);
  });

  it("follows the camera that draws", () => {
    join();
    draw();
    const headset = new FreeCamera("headset", new Vector3(1, 1.5, 1), scene);
    scene.activeCamera = headset;
    draw();
    headset.position.z = 2;
    camera.position.z = 99;
    draw();
    expect(sentAt(2)).toEqual([1, 2]);
  });

  it("sends hands that move while the head is still", () => {
    join();
    draw();
    const left = { position: [0, 1, 0], rotation: [0, 0, 0, 1] } as const;
    context.shared.$hands.next({ left, right: null });
    draw();
    expect(sent.map((pose) => pose.left)).toEqual([left]);
  });
});

describe("walking", () => {
  /** A browser's window, as the input knows it. */
  const keyboard = new EventTarget();
  const press = (type: string, code: string, more: object = {}): void => {
    keyboard.dispatchEvent(Object.assign(new Event(type), { code, shiftKey: false, ...more }));
  };

  beforeEach(() => {
    camera.inputs.clear();
    camera.inputs.add(new WalkInput(keyboard, context.shared.preferences));
    camera.inputs.attachElement();
    vi.spyOn(scene.getEngine(), "getDeltaTime").mockReturnValue(100);
    camera.position.set(0, 1.7, 0);
  });
  afterEach(() => camera.inputs.clear());

  const step = 0.1 * WALKING_SPEED;

  it("goes at walking speed where we look, level also when we look down", () => {
    camera.rotation.set(0.8, Math.PI / 2, 0);
    press("keydown", "KeyW");
    scene.render();
    expect(camera.position.x).toBeCloseTo(step, 6);
    expect(camera.position.y).toBe(1.7);
    expect(camera.position.z).toBeCloseTo(0, 6);
  });

  it("is no faster across than along", () => {
    press("keydown", "ArrowUp");
    press("keydown", "KeyD");
    scene.render();
    expect(Math.hypot(camera.position.x, camera.position.z)).toBeCloseTo(step, 6);
    expect(camera.position.x).toBeGreaterThan(0);
  });

  it("runs with Shift, stops with the key and when the page loses the keyboard", () => {
    press("keydown", "KeyW", { shiftKey: true });
    scene.render();
    expect(camera.position.z).toBeCloseTo(2 * step, 6);
    press("keyup", "KeyW");
    scene.render();
    press("keydown", "KeyA");
    keyboard.dispatchEvent(new Event("blur"));
    scene.render();
    expect(camera.position.x).toBe(0);
    expect(camera.position.z).toBeCloseTo(2 * step, 6);
  });

  it("turns with the arrows to the side and Q and E, tilts with the page keys", () => {
    for (const [left, right] of [["ArrowLeft", "ArrowRight"], ["KeyQ", "KeyE"]] as const) {
      camera.rotation.set(0, 0, 0);
      press("keydown", right);
      scene.render();
      expect(camera.rotation.y).toBeCloseTo(0.1 * TURNING_SPEED, 6);
      press("keyup", right);
      press("keydown", left);
      scene.render();
      scene.render();
      expect(camera.rotation.y).toBeCloseTo(-0.1 * TURNING_SPEED, 6);
      press("keyup", left);
    }
    press("keydown", "PageDown");
    for (let frame = 0; frame < 30; frame += 1) scene.render();
    expect(camera.rotation.x).toBeCloseTo(1.5, 6);
    press("keyup", "PageDown");
    press("keydown", "PageUp");
    scene.render();
    expect(camera.rotation.x).toBeLessThan(1.5);
    expect(camera.position.asArray()).toEqual([0, 1.7, 0]);
  });

  it("turns faster for those who chose so", () => {
    context.shared.preferences.turnSpeed.next(2);
    press("keydown", "KeyE");
    scene.render();
    expect(camera.rotation.y).toBeCloseTo(0.2 * TURNING_SPEED, 6);
  });

  it("turns in steps for those who chose so, at once and slowly while the key is held", () => {
    context.shared.preferences.turn.next("snap");
    press("keydown", "KeyE");
    expect(turned(1)).toBe(1);
    expect(turned(3)).toBe(1);
    expect(turned(1)).toBe(2);
    press("keyup", "KeyE");
    expect(turned(9)).toBe(2);
    press("keydown", "KeyQ");
    expect(turned(1)).toBe(1);
  });

  it("does not walk by letters that are written", () => {
    const field = { closest: (selector: string) => (selector.includes("textarea") ? field : null) };
    const letter = Object.assign(new Event("keydown"), { code: "KeyW", shiftKey: false });
    Object.defineProperty(letter, "target", { value: field });
    keyboard.dispatchEvent(letter);
    scene.render();
    expect(camera.position.z).toBe(0);
  });

  it("leaves the browser's own shortcuts alone", () => {
    press("keydown", "KeyS", { ctrlKey: true });
    scene.render();
    expect(camera.position.z).toBe(0);
  });
});
