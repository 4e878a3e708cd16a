import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PERIOD, PoseGate } from "../src/systems/pose_gate.js";
import type { Placement, Pose, Quat } from "../src/wire.gen.js";

const at = (x: number, rotation: Quat = [0, 0, 0, 1]): Pose => ({ position: [x, 1.7, 0], rotation });
const hand = (x: number): Placement => ({ position: [x, 1, 0], rotation: [0, 0, 0, 1] });
const turned = (degrees: number): Quat => {
  const half = (degrees * Math.PI) / 360;
  return [0, Math.sin(half), 0, Math.cos(half)];
};

let sent: number[];
let takes: boolean;
let gate: PoseGate;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  takes = true;
  gate = new PoseGate((pose) => {
    if (takes) sent.push(pose.position[0]);
    return takes;
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("while joined", () => {
  beforeEach(() => gate.openAt(at(-1)));

  it("sends the first pose at once", () => {
    gate.offer(at(1));
    expect(sent).toEqual([1]);
  });

  it("sends at most one pose a period, and the last one always", () => {
    for (let frame = 0; frame < 60; frame += 1) {
      gate.offer(at(frame));
      vi.advanceTimersByTime(1000 / 60);
    }
    vi.advanceTimersByTime(PERIOD);
    expect(sent.length).toBeGreaterThanOrEqual(15);
    expect(sent.length).toBeLessThanOrEqual(21);
    expect(sent[0]).toBe(0);
    expect(sent.at(-1)).toBe(59);
  });

  it("keeps the distance of a period after a trailing pose too", () => {
    gate.offer(at(1));
    vi.advanceTimersByTime(10);
    gate.offer(at(2));
    vi.advanceTimersByTime(PERIOD - 10);
    expect(sent).toEqual([1, 2]);
    gate.offer(at(3));
    vi.advanceTimersByTime(PERIOD - 1);
    expect(sent).toEqual([1, 2]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([1, 2, 3]);
  });

  it("does not send changes below a millimetre and a tenth of a degree", () => {
    gate.offer(at(1));
    vi.advanceTimersByTime(PERIOD);
    gate.offer(at(1.0009));
    gate.offer(at(1, turned(0.09)));
    vi.advanceTimersByTime(PERIOD);
    expect(sent).toEqual([1]);
    gate.offer(at(1, turned(0.11)));
    expect(sent).toEqual([1, 1]);
  });

  it("measures from the last pose sent, so that a slow drift gets through", () => {
    for (let step = 0; step <= 20; step += 1) {
      gate.offer(at(step * 0.0004));
      vi.advanceTimersByTime(PERIOD);
    }
    expect(sent.length).toBeGreaterThan(5);
    expect(Math.abs((sent.at(-1) ?? 0) - 0.008)).toBeLessThan(0.001);
  });

  it("sends a moved, a new and a lost hand", () => {
    for (const left of [null, hand(0), hand(0.002), hand(0.0025), null]) {
      gate.offer({ ...at(5), left, right: null });
      vi.advanceTimersByTime(PERIOD);
    }
    expect(sent).toHaveLength(4); // all but the change of half a millimetre
  });

  it("tries again when the line is clogged, with the newest pose", () => {
    takes = false;
    gate.offer(at(1));
    gate.offer(at(2));
    vi.advanceTimersByTime(3 * PERIOD);
    expect(sent).toEqual([]);
    takes = true;
    vi.advanceTimersByTime(PERIOD);
    expect(sent).toEqual([2]);
  });

  it("has no timer left when nothing changes", () => {
    gate.offer(at(1));
    vi.advanceTimersByTime(10 * PERIOD);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("while not joined", () => {
  it("sends nothing and keeps no timer", () => {
    gate.offer(at(1));
    gate.openAt(at(0));
    gate.offer(at(2));
    gate.close();
    gate.offer(at(3));
    vi.advanceTimersByTime(10 * PERIOD);
    expect(sent).toEqual([2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sends the newest pose after a rejoin, though it went before", () => {
    gate.openAt(at(0));
    gate.offer(at(1));
    gate.close();
    gate.openAgain();
    expect(sent).toEqual([1, 1]);
    gate.close();
    gate.offer(at(2));
    gate.offer(at(3));
    gate.openAgain();
    expect(sent).toEqual([1, 1, 3]);
  });

  it("does not send on the first join what the server has just told", () => {
    gate.offer(at(9)); // where the camera was before we were anywhere
    gate.openAt(at(4));
    gate.offer(at(4));
    expect(sent).toEqual([]);
    gate.offer(at(4.1));
    expect(sent).toEqual([4.1]);
  });
});
