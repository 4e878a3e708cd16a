import { describe, expect, it } from "vitest";
import { Track } from "../src/motion/playback.js";
import { DELAY, LEAST_DELAY, MOST_DELAY, Timeline } from "../src/motion/timeline.js";
import { angleBetween } from "../src/motion/turning.js";
import type { Placement, Pose, Quat } from "../src/wire.gen.js";
import { Random } from "./random.js";

const AHEAD: Quat = [0, 0, 0, 1];
const turned = (degrees: number): Quat => {
  const half = (degrees * Math.PI) / 360;
  return [0, Math.sin(half), 0, Math.cos(half)];
};
const hand = (x: number): Placement => ({ position: [x, 1, 0], rotation: AHEAD });
const at = (x: number, rotation = AHEAD): Pose => ({ position: [x, 1.7, 0], rotation });

/** The pose of a track at a time. */
const play = (track: Track, time: number): Pose => {
  track.play(time);
  return track.shown;
};

describe("a track", () => {
  it("stands where it began", () => {
    const track = new Track(at(1), 0);
    expect(play(track, 0)).toMatchObject(at(1));
    expect(play(track, 10_000)).toMatchObject(at(1));
  });

  it("moves evenly between poses", () => {
    const track = new Track(at(0), 0);
    track.push(at(0.2), 50);
    track.push(at(0.4), 100);
    const shown = [0, 25, 50, 75, 100].map((time) => play(track, time).position[0]);
    [0, 0.1, 0.2, 0.3, 0.4].forEach((x, index) => expect(shown[index]).toBeCloseTo(x, 9));
  });

  it("stays at the newest pose when nothing follows, and says that it does not move", () => {
    const track = new Track(at(0), 0);
    track.push(at(0.2), 50);
    expect([track.play(10), track.play(40), track.play(5000), track.play(5016)]).toEqual([true, true, true, false]);
    expect(track.shown).toMatchObject(at(0.2));
    expect(track.target).toEqual(at(0.2));
  });

  it("turns along the shorter way", () => {
    const track = new Track(at(0, turned(170)), 0);
    track.push(at(0, turned(-170)), 50);
    expect(angleBetween(play(track, 25).rotation, turned(180))).toBeLessThan(1e-6);
  });

  it("jumps when the step is longer than two metres", () => {
    const track = new Track(at(0), 0);
    track.push(at(2.1), 50);
    expect(play(track, 49).position[0]).toBe(0);
    expect(play(track, 50).position[0]).toBe(2.1);
  });

  it("jumps after a silence of more than a second, but takes a first step from where it stood", () => {
    const track = new Track(at(0), 0);
    track.push(at(1), 1001);
    track.push(at(1.2), 3000);
    expect(play(track, 1000).position[0]).toBe(0);
    expect(play(track, 1001).position[0]).toBe(1);
    expect(play(track, 2900).position[0]).toBe(1);
    expect(play(track, 2950).position[0]).toBeCloseTo(1.1, 9);
  });

  it("does not creep through a pause: who starts again starts now", () => {
    const track = new Track(at(0), 0);
    track.push(at(0.2), 900);
    expect(play(track, 700).position[0]).toBe(0);
    expect(play(track, 850).position[0]).toBeCloseTo(0.1, 9);
  });

  it("takes a pose of an earlier time as of the same", () => {
    const track = new Track(at(0), 0);
    track.push(at(0.1), 50);
    track.push(at(0.2), 40);
    expect(play(track, 49).position[0]).toBeLessThan(0.1);
    expect(play(track, 50).position[0]).toBe(0.2);
  });

  it("keeps a bounded past, and the newest", () => {
    const track = new Track(at(0), 0);
    for (let step = 1; step <= 1000; step += 1) track.push(at(step * 0.1), step * 50);
    expect(play(track, 40_000).position[0]).toBe(0); // what was here then is forgotten
    expect(play(track, 50_000)).toMatchObject(at(100));
  });

  it("moves hands, and lets a hand appear where it is", () => {
    const track = new Track({ ...at(0), left: hand(0), right: null }, 0);
    track.push({ ...at(0), left: hand(0.1), right: hand(0.5) }, 50);
    const { left, right } = play(track, 25);
    expect(left?.position[0]).toBeCloseTo(0.05, 9);
    expect(right?.position[0]).toBe(0.5);
    track.push(at(0), 100);
    expect(play(track, 100).left).toBeNull();
  });

  it("writes each frame's pose into the same objects", () => {
    const track = new Track({ ...at(0), left: hand(0) }, 0);
    const { position, rotation, left } = track.shown;
    track.push({ ...at(1), left: hand(1) }, 50);
    track.play(25);
    expect(track.shown.position).toBe(position);
    expect(track.shown.rotation).toBe(rotation);
    expect(track.shown.left).toBe(left);
  });
});

/** Milliseconds between two frames of the page. */
const FRAME = 1000 / 60;
const TICK = 50;
/** Metres a second of the walker, who goes round a circle of this radius. */
const SPEED = 1.4;
const RADIUS = 3;

/** Where the walker truly is. */
const truth = (time: number): Pose => {
  const angle = (time / 1000) * (SPEED / RADIUS);
  return { position: [RADIUS * Math.cos(angle), 1.7, RADIUS * Math.sin(angle)], rotation: AHEAD };
};

interface Trial {
  readonly random: Random;
  /** Milliseconds that a frame is under way; frames never overtake one another. */
  readonly network: (random: Random, time: number) => number;
  readonly stamps?: boolean;
  /** The page does nothing from this time on, for so long. */
  readonly stall?: readonly [number, number];
}

interface Shown {
  readonly now: number;
  /** The time that was to be shown. */
  readonly time: number;
  readonly delay: number;
  readonly pose: Pose;
}

/** Walk for 30 s and give what was drawn. A server's ticks are at `now + 7,000`, in its own time. */
function walk({ random, network, stamps = true, stall = [0, 0] }: Trial): Shown[] {
  const timeline = new Timeline();
  const track = new Track(truth(0), timeline.place(0));
  const shown: Shown[] = [];
  const coming: { time: number; arrives: number }[] = [];
  let last = 0;
  for (let time = TICK; time < 30_000; time += TICK) {
    last = Math.max(last, time + network(random, time));
    coming.push({ time, arrives: last });
  }
  for (let frame = 0; frame < 30_000; frame += FRAME) {
    if (frame > stall[0] && frame < stall[0] + stall[1]) continue;
    while (coming[0] && coming[0].arrives <= frame) {
      const { time, arrives } = coming.shift() as { time: number; arrives: number };
      const late = arrives > stall[0] && arrives < stall[0] + stall[1];
      track.push(truth(time), timeline.place(late ? frame : arrives, stamps ? (time + 60_000) % 65_536 : undefined));
    }
    const time = timeline.show(frame);
    track.play(time);
    const position = [...track.shown.position] as unknown as Pose["position"];
    shown.push({ now: frame, time, delay: timeline.delay, pose: { ...track.shown, position } });
  }
  return shown;
}

/** Bad for twelve seconds, then good. */
const bad = (random: Random, time: number): number => 30 + (time < 12_000 ? 120 : 4) * random.next();

const steady = (random: Random): number => 30 + 25 * random.next() ** 3;

/** Metres to where the walker truly was, at the delay for which that is least; in the worst five seconds. */
function error(shown: readonly Shown[]): number {
  return Math.max(...[5000, 10_000, 15_000, 20_000, 25_000].map((from) => errorFrom(shown, from)));
}

function errorFrom(shown: readonly Shown[], from: number): number {
  let least = Infinity;
  for (let delay = 50; delay < 400; delay += 1) {
    let squares = 0;
    let count = 0;
    for (const { now, pose } of shown) {
      if (now < from || now > from + 5000) continue;
      const [x, , z] = truth(now - delay).position;
      squares += (pose.position[0] - x) ** 2 + (pose.position[2] - z) ** 2;
      count += 1;
    }
    least = Math.min(least, Math.sqrt(squares / count));
  }
  return least;
}

/** The longest way between two frames drawn, from a time on. */
function longest(shown: readonly Shown[], from = 0): number {
  const steps = shown.map(({ now, pose: { position } }, index) => {
    const before = shown[index - 1]?.pose.position ?? position;
    return now < from ? 0 : Math.hypot(position[0] - before[0], position[2] - before[2]);
  });
  return Math.max(...steps);
}

describe("playback", () => {
  it.each([1, 2, 3, 4, 5])("is steady within a centimetre by stamps, whatever the jitter (seed %d)", (seed) => {
    const by = (stamps: boolean): number => error(walk({ random: new Random(seed), network: steady, stamps }));
    expect(by(true)).toBeLessThan(0.01);
    expect(by(true)).toBeLessThan(by(false));
  });

  it.each([1, 2, 3])("makes no jump after the page stalled for half a second (seed %d)", (seed) => {
    const shown = walk({ random: new Random(seed), network: steady, stall: [10_000, 500] });
    expect(longest(shown)).toBeLessThan(0.05);
    const end = shown[shown.length - 1] as Shown;
    expect(end.delay).toBeLessThan(150); // a page that stalls is no slow network
    expect(longest(walk({ random: new Random(seed), network: steady, stall: [10_000, 500], stamps: false }))).toBeGreaterThan(0.3);
  });

  it("waits longer while the network is worse, and less when it is good again, without a jump", () => {
    const shown = walk({ random: new Random(7), network: bad });
    const delay = (from: number, to: number): number =>
      Math.max(...shown.filter(({ now }) => now > from && now < to).map((one) => one.delay));
    expect(delay(10_000, 12_000)).toBeGreaterThan(150);
    expect(delay(10_000, 12_000)).toBeLessThanOrEqual(MOST_DELAY);
    expect((shown[shown.length - 1] as Shown).delay).toBeLessThan(delay(10_000, 12_000) - 20);
    expect(longest(shown, 3000)).toBeLessThan(0.08);
  });

  it("never waits less than the least, nor more than the most", () => {
    for (const [most, wanted] of [[0, LEAST_DELAY], [2000, MOST_DELAY]] as const) {
      const timeline = new Timeline();
      const random = new Random(3);
      for (let time = 0; time < 200_000; time += 50) {
        const arrives = time + random.next(0, most);
        timeline.show(arrives);
        timeline.place(arrives, time % 65_536);
      }
      expect(timeline.delay).toBe(wanted);
    }
  });

  it("never shows an earlier time than before, and snaps where the page slept", () => {
    const shown = walk({ random: new Random(9), network: steady, stall: [10_000, 3000] });
    const times = shown.map(({ time }) => time);
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] as number))).toBe(true);
    const awake = shown.find(({ now }) => now >= 13_000) as Shown;
    expect(awake.now - awake.time).toBeLessThan(MOST_DELAY);
  });
});

describe("a timeline", () => {
  it("lays moves by their arrival where there are no stamps", () => {
    const timeline = new Timeline();
    expect([timeline.place(1000), timeline.place(1070)]).toEqual([1000, 1070]);
    expect(timeline.show(1100)).toBe(1100 - DELAY);
  });

  it("follows stamps over their end, through pauses of any length", () => {
    const timeline = new Timeline();
    const places = [0, 50, 5000, 70_000, 70_050, 400_000].map(
      (time) => timeline.place(time + (time % 37), (time + 65_500) % 65_536) - time,
    );
    expect(new Set(places)).toEqual(new Set([0]));
  });

  it("begins anew with another server's stamps", () => {
    const timeline = new Timeline();
    timeline.place(1000, 10);
    timeline.forget();
    expect(timeline.place(2000, 40_000)).toBe(2000);
    expect(timeline.place(2060, 40_050)).toBe(2050);
  });
});
