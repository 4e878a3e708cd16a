/**
 * Smooth motion from poses that come at uneven times: pure, without a clock or an engine.
 *
 * A track shows its user DELAY behind what came last, so that there is nearly always a later pose
 * to move towards. Times are milliseconds of one steady clock.
 */

import type { Placement, Pose, Quat, Vec3 } from "../wire.gen.js";

/** How far the shown pose lags behind the newest: about two send periods and their jitter. */
export const DELAY = 120;
/** A step longer than this is a teleport, not a walk (metres). */
export const JUMP = 2;
/** After a silence longer than this there is no motion to continue. */
export const GAP = 1000;
/** A move lasts no longer than this: who starts after standing still starts now. */
const STEP = 100;
/** Poses kept. When full the oldest goes; only a page that draws no frames gets there. */
const CAPACITY = 32;

interface Sample {
  /** When the move to this pose begins; equal to `end` for a jump. */
  readonly start: number;
  readonly end: number;
  readonly pose: Pose;
}

/** The recent poses of one user. */
export class Track {
  #samples: Sample[];

  constructor(pose: Pose, time: number) {
    this.#samples = [{ start: time, end: time, pose }];
  }

  /** The newest pose that came. */
  get target(): Pose {
    return this.#last().pose;
  }

  /** Add a pose that came at `time`, which is not before the last one's. */
  push(pose: Pose, time: number): void {
    const last = this.#last();
    const jumps =
      time - last.end > GAP || distance(last.pose.position, pose.position) > JUMP;
    const start = jumps ? time : Math.max(last.end, time - STEP);
    this.#samples.push({ start, end: time, pose });
    if (this.#samples.length > CAPACITY) this.#samples.shift();
  }

  /** The pose to show at `now`; forgets what lies behind it. */
  at(now: number): Pose {
    const time = now - DELAY;
    while (this.#samples.length > 1 && (this.#samples[1] as Sample).end <= time) {
      this.#samples.shift();
    }
    const [from, to] = this.#samples as [Sample, Sample?];
    if (!to || time <= to.start) return from.pose;
    return blend(from.pose, to.pose, (time - to.start) / (to.end - to.start));
  }

  #last(): Sample {
    return this.#samples[this.#samples.length - 1] as Sample;
  }
}

function blend(from: Pose, to: Pose, share: number): Pose {
  const head = blendPlacement(from, to, share);
  if (!to.left && !to.right) return head;
  return {
    ...head,
    left: blendHand(from.left, to.left, share),
    right: blendHand(from.right, to.right, share),
  };
}

/** A hand that was not tracked before appears where it is now. */
function blendHand(
  from: Placement | null | undefined,
  to: Placement | null | undefined,
  share: number,
): Placement | null {
  return from && to ? blendPlacement(from, to, share) : (to ?? null);
}

function blendPlacement(from: Placement, to: Placement, share: number): Placement {
  const mix = (a: number, b: number): number => a + (b - a) * share;
  const [x, y, z] = from.position;
  const [u, v, w] = to.position;
  return {
    position: [mix(x, u), mix(y, v), mix(z, w)],
    rotation: slerp(from.rotation, to.rotation, share),
  };
}

/** Turn from `a` to `b` at even speed along the shorter way. */
export function slerp(a: Quat, b: Quat, share: number): Quat {
  const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  const angle = Math.acos(Math.min(1, Math.abs(dot)));
  const sine = Math.sin(angle);
  // nearly the same direction: the straight line is as good, and sine too small to divide by
  const p = sine < 1e-4 ? 1 - share : Math.sin((1 - share) * angle) / sine;
  const q = (sine < 1e-4 ? share : Math.sin(share * angle) / sine) * (dot < 0 ? -1 : 1);
  return [
    p * a[0] + q * b[0],
    p * a[1] + q * b[1],
    p * a[2] + q * b[2],
    p * a[3] + q * b[3],
  ];
}

/** Metres between two points. */
export function distance(a: Vec3, b: Vec3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Radians between two directions. */
export function angleBetween(a: Quat, b: Quat): number {
  // by the chord, since the arc cosine of the dot product loses what is below 0.1°
  const sign = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] < 0 ? -1 : 1;
  const chord = Math.hypot(
    a[0] - sign * b[0],
    a[1] - sign * b[1],
    a[2] - sign * b[2],
    a[3] - sign * b[3],
  );
  return 4 * Math.asin(Math.min(1, chord / 2));
}
