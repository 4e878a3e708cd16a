/**
 * Which of the own poses are sent, and when: pure logic over a timer.
 *
 * A pose goes out if it differs enough from the last one sent, at most every PERIOD, the first at
 * once and the last always. Poses that are closed out (no connection) are not queued: the newest
 * one goes when the gate opens.
 */

import type { Placement, Pose } from "../wire.gen.js";
import { angleBetween, distance } from "../motion/turning.js";

/** Milliseconds between two poses sent. */
export const PERIOD = 50;
/** Smaller changes are not sent. */
export const STEP_METRES = 0.001;
export const STEP_RADIANS = (0.1 * Math.PI) / 180;

/** Decides over one user's poses. `send` says whether it took the pose; if not it is tried again. */
export class PoseGate {
  readonly #send: (pose: Pose) => boolean;
  #open = false;
  #sent: Pose | undefined;
  #newest: Pose | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (pose: Pose) => boolean) {
    this.#send = send;
  }

  /** A new own pose. */
  offer(pose: Pose): void {
    this.#newest = pose;
    this.#try();
  }

  /** Joined for the first time: the server has us at `pose`, so that it needs not be sent. */
  openAt(pose: Pose): void {
    this.#open = true;
    this.#sent = pose;
    this.#newest = undefined; // from before we were there
  }

  /** Joined again: the server may know less than we do, so the newest pose goes in any case. */
  openAgain(): void {
    this.#open = true;
    this.#sent = undefined;
    this.#try();
  }

  /** Not joined: nothing is sent until it opens. */
  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #try(): void {
    if (!this.#open || this.#timer !== undefined || !this.#newest) return;
    if (this.#sent && !differs(this.#sent, this.#newest)) return;
    if (this.#send(this.#newest)) this.#sent = this.#newest;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#try();
    }, PERIOD);
  }
}

function differs(a: Pose, b: Pose): boolean {
  return moved(a, b) || moved(a.left, b.left) || moved(a.right, b.right);
}

function moved(a: Placement | null | undefined, b: Placement | null | undefined): boolean {
  if (!a || !b) return Boolean(a) !== Boolean(b);
  return (
    distance(a.position, b.position) >= STEP_METRES ||
    angleBetween(a.rotation, b.rotation) >= STEP_RADIANS
  );
}
