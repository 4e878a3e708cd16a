import { describe, expect, it } from "vitest";
import { angleBetween, slerp } from "../src/motion/turning.js";
import type { Quat } from "../src/wire.gen.js";

const AHEAD: Quat = [0, 0, 0, 1];
const turned = (degrees: number): Quat => {
  const half = (degrees * Math.PI) / 360;
  return [0, Math.sin(half), 0, Math.cos(half)];
};
const between = (from: Quat, to: Quat, share: number): Quat => {
  const into: [number, number, number, number] = [9, 9, 9, 9];
  slerp(from, to, share, into);
  return into;
};

describe("slerp", () => {
  it("turns at even speed and stays of unit length", () => {
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const rotation = between(turned(0), turned(120), share);
      expect(angleBetween(rotation, turned(120 * share))).toBeLessThan(1e-6);
      expect(Math.hypot(...rotation)).toBeCloseTo(1, 12);
    }
  });

  it("survives equal and nearly equal directions", () => {
    expect(between(turned(30), turned(30), 0.5)).toEqual(turned(30));
    const near = between(turned(30), turned(30.001), 0.5);
    expect(angleBetween(near, turned(30.0005))).toBeLessThan(1e-6);
  });
});

describe("the angle between two directions", () => {
  it.each([0.05, 0.1, 1, 90, 180])("is %d degrees", (degrees) => {
    const radians = (degrees * Math.PI) / 180;
    expect(angleBetween(AHEAD, turned(degrees))).toBeCloseTo(radians, 9);
    const negative = turned(degrees).map((part) => -part) as unknown as Quat;
    expect(angleBetween(AHEAD, negative)).toBeCloseTo(radians, 9);
  });
});
