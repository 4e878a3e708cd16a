import { describe, expect, it } from "vitest";
import { Pace, Quality } from "../src/pace.js";

const FRAME = 1000 / 60;

/** How many of a display's frames are drawn in a second from `start`. */
const drawn = (pace: Pace, start: number): number => {
  let count = 0;
  for (let frame = 0; frame < 60; frame += 1) if (pace.draws(start + frame * FRAME)) count += 1;
  return count;
};

describe("pace", () => {
  it("draws few frames while nothing changes, and all for a while after a change", () => {
    const pace = new Pace();
    expect(drawn(pace, 10_000)).toBeLessThanOrEqual(10);
    expect(drawn(pace, 11_000)).toBeGreaterThanOrEqual(8);
    pace.wake(12_000);
    expect(drawn(pace, 12_000)).toBeGreaterThan(30);
    expect(drawn(pace, 13_000)).toBeLessThanOrEqual(10);
    pace.wake(14_000, 2000);
    pace.wake(14_000);
    expect(drawn(pace, 14_000)).toBe(60);
    expect(pace.isAwake(15_999)).toBe(true);
    expect(pace.isAwake(16_000)).toBe(false);
  });
});

/** Frames that take so long, for so many seconds. */
const run = (quality: Quality, frame: number, seconds: number): number => {
  for (let time = 0; time < seconds * 1000; time += frame) quality.add(frame);
  return quality.share;
};

describe("quality", () => {
  it("goes down while frames are late, and back once there is time", () => {
    const quality = new Quality();
    expect(run(quality, 50, 3)).toBe(0.75);
    expect(run(quality, 50, 30)).toBe(0.5);
    expect(run(quality, FRAME, 20)).toBe(1);
  });

  it("stays where frames are in time but no more", () => {
    const quality = new Quality();
    run(quality, 50, 3);
    expect(run(quality, 24, 60)).toBe(0.75);
  });

  it("takes one long frame for no lateness", () => {
    const quality = new Quality();
    for (let times = 0; times < 5; times += 1) {
      run(quality, FRAME, 3);
      quality.add(500);
    }
    expect(quality.share).toBe(1);
  });

  it("tries ever more seldom what did not hold", () => {
    const quality = new Quality();
    let changes = 0;
    let before = 1;
    for (let second = 0; second < 600; second += 1) {
      const share = run(quality, quality.share === 1 ? 50 : FRAME, 1); // full is too much for it
      if (share !== before) changes += 1;
      before = share;
    }
    expect(changes).toBeLessThan(40);
    expect(changes).toBeGreaterThan(4);
  });
});
