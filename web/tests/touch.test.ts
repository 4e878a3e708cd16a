import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Scene } from "@babylonjs/core/scene.js";
import { BehaviorSubject } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { aim } from "../src/motion/aim.js";
import { Walls } from "../src/motion/walls.js";
import { createPreferences } from "../src/preferences.js";
import { FURTHEST_BACK, STILL, TouchInput } from "../src/systems/touch.js";
import { WALKING_SPEED } from "../src/systems/walk.js";
import { Stick } from "../src/ui/stick.js";
import { createDocument, FakeElement } from "./fake_dom.js";

/** Seconds of each frame here. */
const FRAME = 0.1;
const SIZE = { clientWidth: 400, clientHeight: 600 };

let scene: Scene;
let camera: FreeCamera;
let picture: EventTarget;
let stick: Stick;
let base: FakeElement;
/** Where a tap goes: seen at which part of the picture. */
let aimed: { x: number; z: number } | undefined;
let taps: number[][];
let $back: BehaviorSubject<number>;

interface Touched {
  readonly id?: number;
  readonly pointerType?: string;
  readonly timeStamp?: number;
}

const touch = (target: EventTarget, type: string, x: number, y: number, touched: Touched = {}): void => {
  const { id = 7, pointerType = "touch", timeStamp = 0 } = touched;
  const event = new Event(`pointer${type}`);
  Object.defineProperty(event, "timeStamp", { value: timeStamp });
  target.dispatchEvent(Object.assign(event, { pointerId: id, pointerType, clientX: x, clientY: y }));
};
const finger = (type: string, x: number, y: number, touched?: Touched): void => touch(picture, type, x, y, touched);
/** On the stick, from its middle; its radius is 60 pixels. */
const push = (type: string, right: number, forward: number): void => touch(base, type, 80 + right, 500 - forward);
const draw = (frames = 1): void => {
  for (let frame = 0; frame < frames; frame += 1) scene.render();
};

beforeEach(() => {
  vi.stubGlobal("document", createDocument());
  scene = new Scene(new NullEngine());
  camera = new FreeCamera("own", new Vector3(0, 1.7, 0), scene);
  picture = Object.assign(new EventTarget(), SIZE);
  const root = new FakeElement("main");
  stick = new Stick(root as unknown as HTMLElement);
  base = Object.assign(root.the("stick"), {
    getBoundingClientRect: () => ({ left: 20, top: 440, width: 120, height: 120 }),
  });
  aimed = { x: 0, z: 1 };
  taps = [];
  $back = new BehaviorSubject(0);
  camera.inputs.clear();
  camera.inputs.add(
    new TouchInput(
      picture as HTMLElement,
      stick,
      (right, up) => {
        taps.push([right, up]);
        return aimed;
      },
      createPreferences(),
      $back,
    ),
  );
  camera.inputs.attachElement();
  vi.spyOn(scene.getEngine(), "getDeltaTime").mockReturnValue(FRAME * 1000);
});
afterEach(() => {
  camera.inputs.clear();
  scene.getEngine().dispose();
  vi.unstubAllGlobals();
});

describe("the stick", () => {
  it("walks the way that it is pushed, level also when we look down", () => {
    camera.rotation.set(0.8, Math.PI / 2, 0);
    push("down", 0, 60);
    draw(2);
    expect(camera.position.x).toBeCloseTo(2 * FRAME * WALKING_SPEED, 6);
    expect(camera.position.y).toBe(1.7);
    expect(camera.position.z).toBeCloseTo(0, 6);
    push("move", 60, 0);
    draw();
    expect(camera.position.z).toBeCloseTo(-FRAME * WALKING_SPEED, 6);
    expect(camera.rotation.y).toBe(Math.PI / 2);
  });

  it("is slower near the middle, at rest in it, and twice as fast far outside", () => {
    const step = (forward: number): number => {
      push("move", 0, forward);
      const before = camera.position.z;
      draw();
      return (camera.position.z - before) / (FRAME * WALKING_SPEED);
    };
    push("down", 0, 0);
    expect([step(5), step(30), step(60), step(300)].map((speed) => Math.round(speed * 1000) / 1000)).toEqual([0, 0.5, 1, 2]);
    expect(base.the("knob").attributes.get("transform")).toBe("translate(0%, -50%)");
  });

  it.each(["up", "cancel"])("ends with pointer%s, and hears no second finger", (end) => {
    push("down", 0, 60);
    touch(base, "down", 80, 560, { id: 8 });
    touch(base, "up", 80, 560, { id: 8 });
    draw();
    expect(camera.position.z).toBeGreaterThan(0);
    push(end, 0, 60);
    const { z } = camera.position;
    draw();
    expect(camera.position.z).toBe(z);
  });

  it("lets go when the controls are taken away", () => {
    push("down", 0, 60);
    camera.inputs.detachElement();
    expect(stick.forward).toBe(0);
  });

  it("appears with the first finger", () => {
    expect(base.hidden).toBe(true);
    finger("down", 10, 10, { pointerType: "mouse" });
    expect(base.hidden).toBe(true);
    finger("down", 10, 10);
    expect(base.hidden).toBe(false);
  });
});

describe("a finger that is dragged", () => {
  it("takes what it is on along", () => {
    finger("down", 200, 300);
    finger("move", 200 + 2 * STILL, 300);
    finger("move", 260, 330);
    draw();
    const perPixel = (2 * Math.tan(camera.fov / 2)) / SIZE.clientHeight;
    expect(camera.rotation.y).toBeCloseTo(-60 * perPixel, 6);
    expect(camera.rotation.x).toBeCloseTo(-30 * perPixel, 6);
    finger("up", 260, 330);
    finger("move", 400, 330);
    draw();
    expect(camera.rotation.y).toBeCloseTo(-60 * perPixel, 6);
    expect(camera.position.asArray()).toEqual([0, 1.7, 0]);
    expect(taps).toEqual([]);
  });

  it("does not turn us upside down, and is no mouse", () => {
    finger("down", 200, 300, { pointerType: "mouse" });
    finger("move", 200, 900, { pointerType: "mouse" });
    expect(camera.rotation.x).toBe(0);
    finger("down", 200, 300);
    for (let y = 300; y < 5000; y += 100) finger("move", 200, y);
    expect(camera.rotation.x).toBe(-1.5);
  });

  it("looks while the other hand walks", () => {
    push("down", 0, 60);
    finger("down", 200, 300, { id: 9 });
    finger("move", 300, 300, { id: 9 });
    draw();
    expect(camera.rotation.y).toBeLessThan(0);
    expect(camera.position.z).toBeGreaterThan(0);
  });
});

const tap = (held = 100): void => {
  finger("down", 300, 150);
  finger("move", 303, 152);
  finger("up", 303, 150, { timeStamp: held });
};

const pinch = (from: number, to: number): void => {
  finger("down", 200 - from / 2, 300);
  finger("down", 200 + from / 2, 300, { id: 8 });
  finger("move", 200 - to / 2, 300);
  finger("move", 200 + to / 2, 300, { id: 8 });
  finger("up", 200 + to / 2, 300, { id: 8 });
  finger("up", 200 - to / 2, 300);
};

describe("two fingers", () => {
  it("step back when they come together, as far as that goes, and come back apart", () => {
    pinch(300, 200);
    expect($back.value).toBeCloseTo(3, 6);
    pinch(400, 20);
    expect($back.value).toBe(FURTHEST_BACK);
    pinch(20, 400);
    expect($back.value).toBe(0);
    draw();
    expect([camera.position.asArray(), camera.rotation.asArray(), taps]).toEqual([[0, 1.7, 0], [0, 0, 0], []]);
  });

  it("leave the view where it is while they tremble", () => {
    pinch(200, 190);
    expect($back.value).toBe(0);
  });

  it("come back by a tap, which goes nowhere", () => {
    pinch(300, 100);
    tap();
    draw();
    expect([$back.value, taps]).toEqual([0, []]);
  });
});

describe("a tap", () => {
  it("walks to the place, and stands there", () => {
    tap();
    expect(taps).toEqual([[2 * 303 / 400 - 1, 0.5]]);
    draw();
    expect(camera.position.z).toBeCloseTo(FRAME * WALKING_SPEED, 6);
    draw(10);
    expect(camera.position.z).toBeCloseTo(1, 6);
    camera.position.z = 0;
    draw();
    expect(camera.position.z).toBe(0);
  });

  it("is none when it was held, and goes nowhere in the sky", () => {
    tap(1000);
    expect(taps).toEqual([]);
    aimed = undefined;
    tap();
    draw(3);
    expect(camera.position.z).toBe(0);
  });

  it("gives up before a wall", () => {
    tap();
    for (let frame = 0; frame < 10; frame += 1) {
      camera.position.z = 0.2;
      draw();
    }
    camera.position.z = 0.2;
    draw(2);
    expect(camera.position.z).toBe(0.2);
  });

  it("is forgotten for the stick", () => {
    aimed = { x: 5, z: 0 };
    tap();
    push("down", 0, 60);
    draw();
    push("up", 0, 60);
    draw(3);
    expect(camera.position.x).toBe(0);
  });
});

describe("the place that is aimed at", () => {
  const eye = { x: 1, y: 1.7, z: 2, yaw: 0, pitch: 0, fov: Math.PI / 2, aspect: 2 };

  it("is on the ground where it is seen", () => {
    const place = aim(new Walls(), eye, 0, -0.5);
    expect([place?.x, place?.z]).toEqual([1, expect.closeTo(2 + 3.4, 6)]);
    const right = aim(new Walls(), { ...eye, yaw: Math.PI / 2 }, 0.25, -0.5);
    expect([right?.x, right?.z]).toEqual([expect.closeTo(1 + 3.4, 6), expect.closeTo(2 - 1.7, 6)]);
    const below = aim(new Walls(), { ...eye, pitch: Math.PI / 4 }, 0, 0);
    expect(below?.z).toBeCloseTo(2 + 1.7, 6);
  });

  it("is nowhere in the sky nor at the horizon", () => {
    expect(aim(new Walls(), eye, 0, 0.5)).toBeUndefined();
    expect(aim(new Walls(), eye, 0, -0.01)).toBeUndefined();
  });

  it("is at the wall that hides the ground", () => {
    const walls = new Walls({ wall: { mesh_builder: ["box", { width: 8, height: 4, depth: 1 }], position: [0, 2, 4] } });
    expect(aim(walls, eye, 0, -0.5)?.z).toBeCloseTo(3.5, 6);
    expect(aim(walls, eye, 0, 0)?.z).toBeCloseTo(3.5, 6);
  });
});
