/** The motion of one user, between the poses that came: pure, without a clock or an engine. */

import type { Placement, Pose } from "../wire.gen.js";
import { GAP } from "./timeline.js";
import { distance, slerp } from "./turning.js";

/** A step longer than this is a teleport, not a walk (metres). */
export const JUMP = 2;
/** After a silence of more than GAP there is no motion to continue, but for a step (metres). */
const STRIDE = 0.3;
/** A move lasts no longer than this: who starts after standing still starts now. */
const STEP = 100;
/** Poses kept. When full the oldest goes; only a page that draws no frames gets there. */
const CAPACITY = 64;

interface Sample {
  /** When the move to this pose begins; equal to `end` for a jump. */
  readonly start: number;
  readonly end: number;
  readonly pose: Pose;
}

/** A placement that is written anew for each frame. */
interface Drawn {
  readonly position: [number, number, number];
  readonly rotation: [number, number, number, number];
}

/** The recent poses of one user. Times are those of a `Timeline`. */
export class Track {
  /** The pose at the time of the last `play`; the same object each time. */
  readonly shown: Pose;
  readonly #samples: Sample[];
  readonly #head = drawn();
  readonly #left = drawn();
  readonly #right = drawn();
  readonly #shown: Drawn & { left: Placement | null; right: Placement | null };

  constructor(pose: Pose, time: number) {
    this.#samples = [{ start: time, end: time, pose }];
    this.#shown = { ...this.#head, left: null, right: null };
    this.shown = this.#shown;
    this.#blend(pose, pose, 1);
  }

  /** The newest pose that came. */
  get target(): Pose {
    return this.#last().pose;
  }

  /** Add a pose of `time`; one that is before the last one's counts as at the same time. */
  push(pose: Pose, time: number): void {
    const last = this.#last();
    const end = Math.max(time, last.end);
    const far = distance(last.pose.position, pose.position);
    const jumps = far > JUMP || (end - last.end > GAP && far > STRIDE);
    const start = jumps ? end : Math.max(last.end, end - STEP);
    this.#samples.push({ start, end, pose });
    if (this.#samples.length > CAPACITY) this.#samples.shift();
  }

  /** Bring `shown` to `time` and forget what lies behind it; false once nothing moves any more. */
  play(time: number): boolean {
    const samples = this.#samples;
    let passed = false;
    while (samples.length > 1 && (samples[1] as Sample).end <= time) {
      samples.shift();
      passed = true;
    }
    const from = (samples[0] as Sample).pose;
    const to = samples[1];
    if (to && time > to.start) this.#blend(from, to.pose, (time - to.start) / (to.end - to.start));
    else if (passed) this.#blend(from, from, 1);
    return passed || to !== undefined;
  }

  #blend(from: Pose, to: Pose, share: number): void {
    blend(from, to, share, this.#head);
    this.#shown.left = blendHand(from.left, to.left, share, this.#left);
    this.#shown.right = blendHand(from.right, to.right, share, this.#right);
  }

  #last(): Sample {
    return this.#samples[this.#samples.length - 1] as Sample;
  }
}

function drawn(): Drawn {
  return { position: [0, 0, 0], rotation: [0, 0, 0, 1] };
}

/** A hand that was not tracked before appears where it is now. */
function blendHand(
  from: Placement | null | undefined,
  to: Placement | null | undefined,
  share: number,
  into: Drawn,
): Placement | null {
  if (!to) return null;
  blend(from ?? to, to, share, into);
  return into;
}

function blend(from: Placement, to: Placement, share: number, into: Drawn): void {
  for (let axis = 0; axis < 3; axis += 1) {
    const start = from.position[axis] as number;
    into.position[axis] = start + ((to.position[axis] as number) - start) * share;
  }
  slerp(from.rotation, to.rotation, share, into.rotation);
}
