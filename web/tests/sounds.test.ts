import { describe, expect, it } from "vitest";
import { Footsteps, STRIDE } from "../src/audio/footsteps.js";
import { renderSound, SOUND_NAMES } from "../src/audio/tones.js";
import type { Pose, Vec3 } from "../src/wire.gen.js";

/** Somebody at x = 0, who can be put elsewhere. */
const walker = (): { shown: Pose; target: Pose; goTo(x: number): void } => {
  const position: [number, number, number] = [0, 1.7, 0];
  const shown: Pose = { position: position as Vec3, rotation: [0, 0, 0, 1] };
  return { shown, target: shown, goTo: (x) => void (position[0] = x) };
};

describe("a sound", () => {
  it.each(SOUND_NAMES)("%s is short and quiet, begins and ends in silence", (name) => {
    const samples = renderSound(name, 48_000);
    expect(samples.length).toBeLessThan(48_000);
    expect(samples.every(Number.isFinite)).toBe(true);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(0.05);
    expect(peak).toBeLessThan(0.9);
    expect(Math.abs(samples[0] as number) + Math.abs(samples.at(-1) as number)).toBeLessThan(0.01);
  });

  it("is as long at any rate", () => {
    const [coarse, fine] = [22_050, 96_000].map((rate) => renderSound("came", rate).length / rate);
    expect(coarse).toBeCloseTo(fine as number, 3);
  });
});

describe("steps", () => {
  it("are heard at each stride, and not of who stands or is put elsewhere", () => {
    const footsteps = new Footsteps();
    const user = walker();
    const stepsTo = (from: number, to: number): number => {
      let steps = 0;
      for (let frame = 1; frame <= 100; frame += 1) {
        user.goTo(from + ((to - from) * frame) / 100);
        if (footsteps.nearest([user], [0, 1.7, 0])) steps += 1;
      }
      return steps;
    };
    expect(stepsTo(0, 0)).toBe(0);
    expect(stepsTo(0, 10 * STRIDE + 0.01)).toBe(10);
    user.goTo(100);
    expect(footsteps.nearest([user], [0, 1.7, 0])).toBe(undefined);
    expect(stepsTo(100, 100)).toBe(0);
  });

  it("are heard of the nearest, of those who step in one frame", () => {
    const footsteps = new Footsteps();
    const [far, near, standing] = [walker(), walker(), walker()];
    const heard = (): unknown => footsteps.nearest([far, near, standing], [-1, 1.7, 0]);
    far.goTo(10);
    near.goTo(2);
    expect(heard()).toBe(undefined);
    far.goTo(10 + 1.01 * STRIDE);
    near.goTo(2 + 1.01 * STRIDE);
    expect(heard()).toBe(near);
    expect(heard()).toBe(undefined);
  });
});
