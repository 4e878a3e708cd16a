import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Pose, Quat } from "../src/wire.gen.js";
import { avatars } from "../src/systems/avatars.js";
import { bend } from "../src/avatars/arm.js";
import { createLimb } from "../src/avatars/copies.js";
import { BONE, KINDS } from "../src/avatars/shapes.js";
import { people } from "../src/systems/people.js";
import { DELAY } from "../src/motion/timeline.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import { type Copy, copiesOf } from "./copies.js";
import { person } from "./person.js";

const AHEAD: Quat = [0, 0, 0, 1];
const at = (x: number, rotation = AHEAD): Pose => ({ position: [x, 1.7, 0], rotation });

const turned = (degrees: number): Quat => {
  const half = (degrees * Math.PI) / 360;
  return [0, Math.sin(half), 0, Math.cos(half)];
};

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
/** Where bodies stand, nearer to 0 for those that are faint. */
const seen = (): number[] => copiesOf(scene, "body").map(({ alpha, position: [x = 0] }) => alpha * x);
const join = (user_id: string, pose: Pose): void =>
  context.wire.tell("user_joined", { user_id, n: 7, ...person(), ...pose });
const move = (user_id: string, pose: Pose): void =>
  context.wire.tell("user_moved", { user_id, ...pose });
const leave = (user_id: string): void => context.wire.tell("user_left", { user_id });
/** A join was granted: these are present, and we. */
const snapshot = (present: Record<string, Pose>): void => {
  const all = Object.entries({ ...present, me: at(9) });
  context.wire.tell(
    "user_snapshot",
    Object.fromEntries(all.map(([id, pose], n) => [id, { n, ...person(), ...pose }])),
  );
};

/** How many figures the last frame drew. */
const figures = (): number => copiesOf(scene, "body").length;
/** The one copy of a part in the last frame. */
const the = (part: string): Copy => {
  const [copy, ...more] = copiesOf(scene, part);
  if (!copy || more.length > 0) throw new Error(`not one ${part}`);
  return copy;
};
/** Which way a part looks, in degrees to the right. */
const headingOf = (part: string): number => (the(part).rotation.toEulerAngles().y * 180) / Math.PI;

/** Draw the frame of `time`. */
const draw = (time: number): void => {
  now = time;
  scene.render();
};

beforeEach(() => {
  context = createContext();
  ({ scene } = context.world);
  now = 0;
  people(context);
  avatars(context, () => now);
});
afterEach(() => {
  disposeContext(context);
});

describe("one's own body", () => {
  it("is seen in VR alone, below the eyes and behind them, without a head", () => {
    snapshot({});
    context.shared.$camera_moved.next({ ...at(2), left: { position: [1.8, 1.3, 0.3], rotation: AHEAD }, right: null });
    draw(0);
    expect(figures()).toBe(0);
    context.shared.$vr.next("inside");
    draw(100);
    draw(1000);
    expect(the("body").position).toEqual([2, 0, -0.16]);
    expect(copiesOf(scene, "head")).toEqual([]);
    expect(copiesOf(scene, "bone").length, "of the arm whose hand is tracked").toBe(2);
    expect(copiesOf(scene, "left hand"), "the controller is drawn instead").toEqual([]);
    context.shared.$vr.next("ready");
    draw(1100);
    expect(figures()).toBe(0);
  });
});

describe("the others", () => {
  it("are there at once, where the snapshot has them", () => {
    snapshot({ ada: at(3) });
    draw(0);
    draw(1000); // whole by now
    expect(the("head").position).toEqual([3, 1.7, 0]);
    expect(users()).toEqual({ ada: { shown: 3, target: 3 } });
  });

  it("fade while nothing comes from them", () => {
    snapshot({ ada: at(3), bob: at(4) });
    draw(0);
    draw(1000);
    expect(seen()).toEqual([3, 4]);
    context.wire.tell("user_changed", { user_id: "ada", silent: true });
    draw(1100);
    expect(seen().toSorted()).toEqual([expect.closeTo(0.9, 6), 4]);
    context.wire.tell("user_changed", { user_id: "ada", silent: false });
    draw(1200);
    expect(seen()).toEqual([3, 4]);
  });

  it("come, move smoothly and go", () => {
    join("bob", at(0));
    now = 50;
    move("bob", at(0.2));
    draw(25 + DELAY);
    expect(users()["bob"]?.shown).toBeCloseTo(0.1, 9);
    expect(users()["bob"]?.target).toBe(0.2);
    draw(40 + DELAY);
    draw(50 + DELAY);
    draw(900 + DELAY);
    expect(the("head").position[0]).toBeCloseTo(0.2, 5);
    leave("bob");
    expect(users()).toEqual({});
    draw(1100 + DELAY);
    expect(the("head").scaling[0]).toBeLessThan(0.95);
    draw(1500 + DELAY);
    expect(figures()).toBe(0);
  });

  it("have the colour and the kind that they chose, and may choose others", () => {
    const chosen = person({ avatar: "fox", color: "#ff0000" });
    context.wire.tell("user_joined", { user_id: "ada", n: 7, ...chosen, ...at(0) });
    draw(0);
    expect(the("body")).toMatchObject({ mesh: "body of fox", color: [1, 0, 0, 1] });
    context.wire.tell("user_changed", { user_id: "ada", avatar: "robot", color: "#00ff00" });
    draw(10);
    expect(the("body")).toMatchObject({ mesh: "body of robot", color: [0, 1, 0, 1] });
  });

  it("are of the first kind where a newer server knows one that we do not", () => {
    context.wire.tell("user_joined", { user_id: "ada", n: 7, ...person({ avatar: "dragon" }), ...at(0) });
    draw(0);
    expect(the("body").mesh).toBe("body of round");
  });

  it("do not come back by a late move", () => {
    move("ghost", at(1));
    draw(0);
    expect(figures()).toBe(0);
  });

  it("are one each, however often we rejoin or they join", () => {
    for (const present of [["ada", "bob"], ["ada"], ["ada", "cy"]]) {
      snapshot(Object.fromEntries(present.map((id) => [id, at(0)])));
    }
    join("cy", at(1));
    draw(400);
    expect(figures()).toBe(2);
    leave("ada");
    leave("cy");
    draw(800);
    expect(figures()).toBe(0);
  });

  it("look where they look, and the body turns with the head", () => {
    const left: Quat = [0, -Math.SQRT1_2, 0, Math.SQRT1_2];
    snapshot({ ada: at(0, left) });
    draw(400); // whole by now
    expect(headingOf("head")).toBeCloseTo(-90, 3);
    expect(headingOf("body")).toBeCloseTo(-90, 3);
  });

  it("reach for their tracked hands, and let the others hang", () => {
    const hand = { position: [0.3, 1.2, 0.4], rotation: AHEAD } as const;
    snapshot({ ada: { ...at(0), left: null, right: hand } });
    draw(0);
    draw(400);
    expect(the("right hand").position).toEqual([0.3, 1.2, 0.4]);
    const left = the("left hand").position;
    expect(left[0]).toBeLessThan(-0.2);
    expect(left[1]).toBeCloseTo(0.8, 5);
    move("ada", at(0));
    draw(2500);
    expect(the("right hand").position[1]).toBeCloseTo(0.8, 5);
  });

  it("stand on the ground or on what is below them, and rise from it when they come", () => {
    context.wire.tell("snapshot", {
      stage: { mesh_builder: ["box", { width: 4, height: 1, depth: 4 }], position: [10, 0.5, 0] },
    });
    snapshot({ ada: at(0), bob: { position: [10, 2.7, 0], rotation: AHEAD } });
    draw(0);
    expect(copiesOf(scene, "body").map(({ scaling }) => (scaling[1] ?? 1) < 0.1)).toEqual([true, true]);
    draw(1000);
    expect(copiesOf(scene, "body").map(({ position, scaling }) => [position[1], scaling[1]])).toEqual([[0, 1.56], [1, 1.56]]);
  });

  it("turn the head alone as far as a neck does", () => {
    snapshot({ ada: at(0) });
    draw(0);
    let time = 0;
    for (const [head, body] of [[25, 0], [80, 50], [40, 50]] as const) {
      time += 2000;
      now = time;
      move("ada", at(0, turned(head)));
      draw(time + 1500); // so late that the page must have slept: what came is shown at once
      expect(headingOf("body")).toBeCloseTo(body, 3);
    }
  });

  it("blink, and breathe while they stand still", () => {
    snapshot({ ada: at(0) });
    const eyes = new Set<number>();
    const breaths = new Set<number>();
    for (let time = 0; time < 5000; time += 50) {
      draw(time);
      if (time < 400) continue; // they grow
      eyes.add(the("eyes").scaling[1] ?? 0);
      breaths.add(the("body").scaling[0] ?? 0);
    }
    expect([...eyes].toSorted()).toEqual([0.12, 1]);
    expect(breaths.size).toBeGreaterThan(50);
  });

  /** Parts that a figure has several of; hands with fingers, which are more, stand for hands without. */
  const COPIES: Readonly<Record<string, number>> = { bone: 4, palm: 2, finger: 20, "left hand": 0, "right hand": 0 };

  it("cost few triangles and few draw calls, of whichever kind", () => {
    const copied = (kind: string): Mesh[] =>
      (scene.meshes as Mesh[]).filter(({ name }) => !/^(head|body)/.test(name) || name.endsWith(kind));
    for (const kind of KINDS) {
      const parts = copied(kind).filter(({ name }) => name !== "ground");
      const triangles = parts.reduce((sum, mesh) => sum + (mesh.getTotalIndices() / 3) * (COPIES[mesh.name] ?? 1), 0);
      expect(triangles).toBeLessThan(2500);
    }
    snapshot(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`user-${index}`, at(index)])));
    draw(0);
    expect(figures()).toBe(50); // more than there was room for at first
    expect(scene.meshes.filter((mesh) => mesh.isEnabled()).length).toBeLessThanOrEqual(2 * KINDS.length + 5);
  });
});

describe("an arm", () => {
  it("keeps the length of its bones, and bends to the side of the pole", () => {
    const [upper, lower] = [createLimb(), createLimb()];
    const shoulder = new Vector3(0, 1.4, 0);
    const hand = new Vector3(0.1, 1.2, 0.3);
    bend(upper, lower, shoulder, hand, new Vector3(0, -1, 0));
    const elbow = upper.position.scale(2).subtract(shoulder);
    expect(Vector3.Distance(shoulder, elbow)).toBeCloseTo(BONE, 6);
    expect(Vector3.Distance(elbow, hand)).toBeCloseTo(BONE, 6);
    expect(elbow.y).toBeLessThan(1.2);
    bend(upper, lower, shoulder, new Vector3(0, 1.4, 2), new Vector3(0, -1, 0));
    expect(upper.position.z).toBeCloseTo(0.5, 6);
    expect(upper.scaling.y).toBeCloseTo(1 / BONE, 6);
  });
});

describe("we ourselves", () => {
  it("have no avatar, though the server tells of us as of the others", () => {
    snapshot({});
    join("me", at(1));
    move("me", at(2));
    draw(0);
    expect(figures()).toBe(0);
    expect(users()).toEqual({});
  });
});

describe("the end", () => {
  it("leaves nobody standing there, whom we would no longer see leave", () => {
    snapshot({ ada: at(1), bob: at(2) });
    context.wire.$connection.next({ state: "away" });
    draw(0);
    expect(figures()).toBe(2);
    context.wire.$connection.next({ state: "over", reason: "kicked" });
    draw(400);
    expect(figures()).toBe(0);
    expect(users()).toEqual({});
  });
});
