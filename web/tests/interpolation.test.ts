import { describe, expect, it } from "vitest";
import { angleBetween, DELAY, slerp, Track } from "../src/systems/interpolation.js";
import type { Placement, Pose, Quat } from "../src/wire.gen.js";

const AHEAD: Quat = [0, 0, 0, 1];
const turned = (degrees: number): Quat => {
  const half = (degrees * Math.PI) / 360;
  return [0, Math.sin(half), 0, Math.cos(half)];
};
const hand = (x: number): Placement => ({ position: [x, 1, 0], rotation: AHEAD });
const at = (x: number, rotation = AHEAD): Pose => ({ position: [x, 1.7, 0], rotation });

describe("a track", () => {
  it("stands where it began", () => {
    const track = new Track(at(1), 0);
    expect(track.at(0)).toEqual(at(1));
    expect(track.at(10_000)).toEqual(at(1));
  });

  it("moves evenly between poses, DELAY behind", () => {
    const track = new Track(at(0), 0);
    track.push(at(0.2), 50);
    track.push(at(0.4), 100);
    const shown = [0, 25, 50, 75, 100].map((time) => track.at(time + DELAY).position[0]);
    [0, 0.1, 0.2, 0.3, 0.4].forEach((x, index) => expect(shown[index]).toBeCloseTo(x, 9));
  });

  it("stays at the newest pose when nothing follows", () => {
    const track = new Track(at(0), 0);
    track.push(at(0.2), 50);
    expect(track.at(5000)).toEqual(at(0.2));
    expect(track.target).toEqual(at(0.2));
  });

  it("turns along the shorter way", () => {
    const track = new Track(at(0, turned(170)), 0);
    track.push(at(0, turned(-170)), 50);
    const { rotation } = track.at(25 + DELAY);
    expect(angleBetween(rotation, turned(180))).toBeLessThan(1e-6);
  });

  it("jumps when the step is longer than two metres", () => {
    const track = new Track(at(0), 0);
    track.push(at(2.1), 50);
    expect(track.at(49 + DELAY).position[0]).toBe(0);
    expect(track.at(50 + DELAY).position[0]).toBe(2.1);
  });

  it("jumps after a silence of more than a second", () => {
    const track = new Track(at(0), 0);
    track.push(at(1), 1001);
    expect(track.at(1000 + DELAY).position[0]).toBe(0);
    expect(track.at(1001 + DELAY).position[0]).toBe(1);
  });

  it("does not creep through a pause: who starts again starts now", () => {
    const track = new Track(at(0), 0);
    track.push(at(0.2), 900);
    expect(track.at(700 + DELAY).position[0]).toBe(0);
    expect(track.at(850 + DELAY).position[0]).toBeCloseTo(0.1, 9);
  });

  it("never goes back while time goes on, whatever the jitter", () => {
    const track = new Track(at(0), 0);
    const times = [40, 130, 140, 210, 300, 305];
    let next = 0;
    let before = 0;
    for (let now = 0; now < 600; now += 7) {
      while (next < times.length && (times[next] ?? 0) <= now) {
        next += 1;
        track.push(at(next * 0.15), times[next - 1] ?? 0);
      }
      const x = track.at(now).position[0];
      expect(x).toBeGreaterThanOrEqual(before);
      expect(x - before).toBeLessThan(0.2);
      before = x;
    }
    expect(before).toBeCloseTo(0.9, 9);
  });

  it("keeps a bounded past, and the newest", () => {
    const track = new Track(at(0), 0);
    for (let step = 1; step <= 1000; step += 1) track.push(at(step * 0.1), step * 50);
    expect(track.at(50_000 + DELAY)).toEqual(at(100));
  });

  it("moves hands, and lets a hand appear where it is", () => {
    const track = new Track({ ...at(0), left: hand(0), right: null }, 0);
    track.push({ ...at(0), left: hand(0.1), right: hand(0.5) }, 50);
    const { left, right } = track.at(25 + DELAY);
    expect(left?.position[0]).toBeCloseTo(0.05, 9);
    expect(right?.position[0]).toBe(0.5);
    track.push(at(0), 100);
    expect(track.at(100 + DELAY).left).toBeUndefined();
  });
});

describe("slerp", () => {
  it("turns at even speed and stays of unit length", () => {
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const rotation = slerp(turned(0), turned(120), share);
      expect(angleBetween(rotation, turned(120 * share))).toBeLessThan(1e-6);
      expect(Math.hypot(...rotation)).toBeCloseTo(1, 12);
    }
  });

  it("survives equal and nearly equal directions", () => {
    expect(slerp(turned(30), turned(30), 0.5)).toEqual(turned(30));
    const near = slerp(turned(30), turned(30.001), 0.5);
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
