import { describe, expect, it } from "vitest";
import { angleBetween, distance } from "../src/motion/turning.js";
import type { Placement, Pose } from "../src/wire.gen.js";
import { packPush, unpackPoses } from "../src/record.js";
import { fromHex, toHex } from "./hex.js";
import golden from "./golden_poses.json";

interface Golden {
  readonly pose: Pose;
  readonly push: string;
  readonly n: number;
  readonly record: string;
}

// made by xr.pose.pack_push and pack_pose; tests/test_golden_poses.py holds the server to them
const cases = golden as unknown as Golden[];

function expectNear(found: Placement | null | undefined, wanted: Placement | null | undefined): void {
  expect(Boolean(found)).toBe(Boolean(wanted));
  if (!found || !wanted) return;
  expect(distance(found.position, wanted.position)).toBeLessThan(0.0012);
  expect(angleBetween(found.rotation, wanted.rotation)).toBeLessThan(0.003);
}

describe("the binary pose record", () => {
  it.each(cases)("packs pose $n to the server's bytes", ({ pose, push }) => {
    expect(toHex(packPush(pose))).toBe(push);
  });

  it.each(cases)("reads the server's record $n", ({ pose, n, record }) => {
    const [[number, found] = [-1, undefined], ...rest] = unpackPoses(fromHex(record));
    expect(rest).toEqual([]);
    expect(number).toBe(n);
    expectNear(found, pose);
    expectNear(found?.left, pose.left);
    expectNear(found?.right, pose.right);
  });

  it("reads a frame of several records, with and without hands", () => {
    const frame = fromHex(cases.map(({ record }) => record).join(""));
    expect(unpackPoses(frame).map(([n]) => n)).toEqual(cases.map(({ n }) => n));
  });

  it("returns unit quaternions", () => {
    for (const [, { rotation }] of unpackPoses(fromHex(cases.map((one) => one.record).join("")))) {
      expect(Math.hypot(...rotation)).toBeCloseTo(1, 12);
    }
  });

  it.each([1, 5, 15, 30])("refuses a record cut off after %i bytes", (length) => {
    const record = cases[3]?.record ?? "";
    expect(() => unpackPoses(fromHex(record).slice(0, length))).toThrow(RangeError);
  });

  it("keeps a coordinate inside what the server accepts", () => {
    const far = packPush({ position: [1e6, -1e6, 0], rotation: [0, 0, 0, 1] });
    expect(toHex(far).slice(2, 14)).toBe("00127a00ee85");
  });

  it("packs a quaternion that is a little too long", () => {
    const long = 0.7072;
    const data = packPush({ position: [0, 0, 0], rotation: [long, long, 0, 0] });
    const record = fromHex(`${toHex(data).slice(0, 2)}0000${toHex(data).slice(2)}`);
    const [[, pose] = [0, undefined]] = unpackPoses(record);
    expect(pose?.rotation[0]).toBeCloseTo(Math.SQRT1_2, 3);
    expect(pose?.rotation[1]).toBeCloseTo(Math.SQRT1_2, 3);
  });
});
