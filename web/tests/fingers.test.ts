import { Matrix, Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLimb } from "../src/avatars/copies.js";
import { layFingers } from "../src/avatars/fingers.js";
import { unpackFingers } from "../src/finger_records.js";
import { avatars } from "../src/systems/avatars.js";
import { fingers, PERIOD, STEP } from "../src/systems/fingers.js";
import { people } from "../src/systems/people.js";
import { areRead, bendsOf, type Joint, palmOf } from "../src/vr/bare_hand.js";
import { Refusal } from "../src/wire.js";
import type { FingersBent, Pose } from "../src/wire.gen.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import { copiesOf } from "./copies.js";
import { person } from "./person.js";

const FIST = [255, 255, 255, 255, 255] as const;
const FLAT = [0, 0, 0, 0, 0] as const;
const ROOTS = { "index-finger": -0.025, "middle-finger": 0, "ring-finger": 0.02, "pinky-finger": 0.037 };
const PARTS = ["metacarpal", "phalanx-proximal", "phalanx-intermediate", "phalanx-distal", "tip"];
const LENGTHS = [0.06, 0.04, 0.025, 0.02];

/** A right hand whose fingers turn so far (degrees) at each joint, with its thumb's tip there. */
function hand(turns: Readonly<Record<string, number>>, thumb: Vector3, place = Matrix.Identity()): (name: string) => Joint {
  const joints = new Map<string, Joint>();
  const put = (name: string, point: Vector3): void => {
    const position = Vector3.TransformCoordinates(point, place);
    const absoluteRotationQuaternion = Quaternion.FromRotationMatrix(place.getRotationMatrix());
    joints.set(name, { position, absolutePosition: position, absoluteRotationQuaternion, computeWorldMatrix: () => undefined });
  };
  for (const [finger, x] of Object.entries(ROOTS)) {
    const point = new Vector3(x, 0, 0);
    let turned = 0;
    PARTS.forEach((part, index) => {
      put(`${finger}-${part}`, point);
      if (index > 0) turned += ((turns[finger] ?? turns["all"] ?? 0) * Math.PI) / 180;
      point.addInPlaceFromFloats(0, -Math.sin(turned) * (LENGTHS[index] ?? 0), Math.cos(turned) * (LENGTHS[index] ?? 0));
    });
  }
  put("thumb-tip", thumb);
  return (name) => joints.get(name) as Joint;
}
const SPREAD = new Vector3(-0.1, -0.02, 0.05);
const ACROSS = new Vector3(0, -0.03, 0.07);

describe("the joints of a hand", () => {
  it("are straight, a fist, or a pinch", () => {
    expect(bendsOf(hand({ all: 3 }, SPREAD))).toEqual(FLAT);
    expect(bendsOf(hand({ all: 75 }, ACROSS))).toEqual([expect.closeTo(255, -1), 255, 255, 255, 255]);
    const [thumb, index, ...others] = bendsOf(hand({ "index-finger": 40, all: 10 }, new Vector3(-0.04, -0.06, 0.07)));
    expect(thumb).toBeGreaterThan(60);
    expect(thumb).toBeLessThan(200);
    expect(index).toBeGreaterThan(100);
    expect(index).toBeLessThan(160);
    expect(Math.max(...others)).toBeLessThan(30);
  });

  it("mean the same wherever the hand is", () => {
    const place = Matrix.Compose(Vector3.One(), Quaternion.FromEulerAngles(1, 2, 3), new Vector3(4, 5, 6));
    const turns = { "ring-finger": 50, all: 20 };
    expect(bendsOf(hand(turns, SPREAD, place))).toEqual(bendsOf(hand(turns, SPREAD)));
  });

  it("mean whole numbers within bounds, also where all are at one place because none was read", () => {
    const joints = hand({}, Vector3.Zero(), Matrix.Scaling(0, 0, 0));
    expect(areRead(joints)).toBe(false);
    expect(areRead(hand({}, SPREAD))).toBe(true);
    for (const bend of bendsOf(joints)) expect(bend).toBe(Math.min(255, Math.max(0, Math.round(bend))));
  });

  it("say where the palm is, with z along the fingers", () => {
    const turn = Quaternion.FromEulerAngles(0, Math.PI / 2, 0);
    const palm = palmOf(hand({}, SPREAD, Matrix.Compose(Vector3.One(), turn, new Vector3(1, 2, 3))));
    expect(palm.position).toEqual([expect.closeTo(1.03), 2, expect.closeTo(3)]);
    expect(palm.rotation).toEqual([0, expect.closeTo(Math.SQRT1_2), 0, expect.closeTo(Math.SQRT1_2)]);
  });
});

const data = (...bytes: number[]): ArrayBuffer => Uint8Array.from(bytes).buffer;

describe("a binary frame of fingers", () => {
  it("has records of no, one or two hands", () => {
    expect(unpackFingers(data(1, 2, 0, 5, 0, 2, ...FIST, 255, 255, 6, ...FLAT, ...FIST, 7, 0, 4, 1, 2, 3, 4, 5))).toEqual([
      { n: 513, left: null, right: null },
      { n: 5, left: FIST, right: null },
      { n: 65_535, left: FLAT, right: FIST },
      { n: 7, left: null, right: [1, 2, 3, 4, 5] },
    ]);
    expect(unpackFingers(data())).toEqual([]);
  });

  it("is not cut off", () => {
    for (const bytes of [[1], [1, 2], [1, 2, 2], [1, 2, 6, ...FIST, 1, 2, 3, 4]]) {
      expect(() => unpackFingers(data(...bytes))).toThrow(RangeError);
    }
  });
});

describe("the bones of a hand", () => {
  const palm = createLimb();
  const tips = (side: "left" | "right", bends: readonly number[]): number[][] =>
    layFingers(palm, side, Float32Array.from(bends)).filter((_, index) => index % 2 === 1).map(({ position }) => position.asArray());

  it("point ahead when they are straight, and the thumb aside", () => {
    const [thumb, ...others] = tips("right", [0, 0, 0, 0, 0]);
    expect(thumb?.[0]).toBeLessThan(-0.07);
    for (const [, y, z] of others) {
      expect(y).toBeCloseTo(0, 6);
      expect(z).toBeGreaterThan(0.08);
    }
    expect(tips("left", [0, 0, 0, 0, 0])).toEqual([thumb, ...others].map((tip) => [expect.closeTo(-(tip?.[0] ?? 0)), expect.closeTo(tip?.[1] ?? 0), expect.closeTo(tip?.[2] ?? 0)]));
  });

  it("lie before the palm in a fist", () => {
    for (const [, y, z] of tips("right", [1, 1, 1, 1, 1])) {
      expect(y).toBeLessThan(-0.02);
      expect(z).toBeLessThan(0.06);
    }
  });
});

let context: TestContext;
let now: number;
const bent = (user_id: string, hands: Partial<FingersBent>): void =>
  context.wire.tell("fingers_bent", { user_id, n: 1, left: null, right: null, ...hands });
const draw = (time: number): void => {
  now = time;
  context.world.scene.render();
};
/** The fingers of a hand as they are drawn, to two digits. */
const shown = (user_id: string, side: "left" | "right" = "right"): number[] =>
  Array.from(context.shared.fingers.get(user_id)?.[side] ?? [], (bend) => Math.round(100 * bend) / 100);

/** How many copies of a part were drawn. */
const parts = (name: string): number => copiesOf(context.world.scene, name).length;
const told = (): unknown[] => context.wire.pushes;
const passed = async (milliseconds: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds);
};

beforeEach(() => {
  context = createContext();
  now = 0;
  people(context);
  fingers(context, () => now);
  avatars(context, () => now);
});
afterEach(() => {
  vi.useRealTimers();
  disposeContext(context);
});

describe("the fingers of others", () => {
  const at = { position: [0, 1.7, 0], rotation: [0, 0, 0, 1] } as const;
  const come = (pose: Partial<Pose>): void =>
    context.wire.tell("user_snapshot", { ada: { n: 1, ...person(), ...at, ...pose }, me: { n: 0, ...person(), ...at } });
  const right = { position: [0.3, 1.3, 0.4], rotation: [0, 0, 0, 1] } as const;

  it("are drawn on a hand that is tracked, and go with it", () => {
    come({ right });
    bent("ada", { right: FIST, left: FIST });
    draw(0);
    draw(1000);
    expect([parts("palm"), parts("finger"), parts("right hand"), parts("left hand")]).toEqual([1, 10, 0, 1]);
    context.wire.tell("user_moved", { user_id: "ada", ...at });
    draw(4000);
    expect([parts("palm"), parts("finger"), parts("right hand"), parts("left hand")]).toEqual([0, 0, 1, 1]);
    context.wire.tell("user_left", { user_id: "ada" });
    expect(context.shared.fingers.size).toBe(0);
  });

  it("are those of a relaxed hand where nothing is known of them, or no longer", () => {
    come({ right });
    draw(1000);
    expect([parts("palm"), parts("right hand")]).toEqual([0, 1]);
    bent("ada", { right: FIST });
    draw(1100);
    expect([parts("palm"), parts("right hand")]).toEqual([1, 0]);
    bent("ada", {});
    draw(1200);
    expect([parts("palm"), parts("right hand")]).toEqual([0, 1]);
  });

  it("come smoothly to what was told last", () => {
    bent("ada", { right: FLAT });
    draw(0);
    bent("ada", { right: FIST });
    draw(35);
    const [half = 0] = shown("ada");
    expect(half).toBeGreaterThan(0.2);
    expect(half).toBeLessThan(0.6);
    draw(1000);
    expect(shown("ada")).toEqual([1, 1, 1, 1, 1]);
    expect(shown("ada", "left")).toEqual([]);
  });

  it("are forgotten at a rejoin, and ours are not among them", () => {
    bent("me", { right: FIST });
    bent("ada", { right: FIST });
    expect([...context.shared.fingers.keys()]).toEqual(["ada"]);
    come({ right });
    expect(context.shared.fingers.size).toBe(0);
  });
});

describe("our own fingers", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    context.wire.$connection.next({ state: "joined" });
  });

  it("are told when they have moved, ten times a second at most and the last one always", async () => {
    const { $fingers } = context.shared;
    for (let frame = 0; frame < 72; frame += 1) {
      $fingers.next({ left: null, right: [frame * 3, 0, 0, 0, 0] });
      await passed(1000 / 72);
    }
    await passed(PERIOD);
    expect(told().length).toBeGreaterThan(8);
    expect(told().length).toBeLessThanOrEqual(11);
    expect(told().at(-1)).toEqual(["bend_fingers", { left: null, right: [213, 0, 0, 0, 0] }]);
  });

  it("are not told while there are none, or while they tremble, and once when they go", async () => {
    const { $fingers } = context.shared;
    context.wire.$joined.next();
    await passed(1000);
    expect(told()).toEqual([]);
    for (let frame = 0; frame < 50; frame += 1) {
      $fingers.next({ left: null, right: [100 + (frame % STEP), 0, 0, 0, 0] });
      await passed(20);
    }
    expect(told().length).toBe(1);
    for (let frame = 0; frame < 50; frame += 1) {
      $fingers.next({ left: null, right: null });
      await passed(20);
    }
    expect(told().slice(1)).toEqual([["bend_fingers", { left: null, right: null }]]);
  });

  it("are told again after a refusal and after a rejoin", async () => {
    const { wire, shared } = context;
    const push = vi.spyOn(wire, "push").mockRejectedValueOnce(new Refusal("no connection"));
    shared.$fingers.next({ left: FIST, right: null });
    await passed(500);
    expect(push).toHaveBeenCalledTimes(1);
    await passed(600);
    expect(push).toHaveBeenCalledTimes(2);
    await passed(PERIOD);
    wire.$connection.next({ state: "away" });
    shared.$fingers.next({ left: FLAT, right: null });
    shared.$fingers.next({ left: FIST, right: null });
    await passed(5000);
    expect(push).toHaveBeenCalledTimes(2);
    wire.$connection.next({ state: "joined" });
    wire.$joined.next();
    expect(push).toHaveBeenCalledTimes(3);
    expect(push).toHaveBeenLastCalledWith("bend_fingers", { left: FIST, right: null });
    await passed(5000);
    expect(push).toHaveBeenCalledTimes(3);
  });
});
