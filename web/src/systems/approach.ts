/** A walk in a straight line to a place. */

import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { WALKING_SPEED } from "./walk.js";

/** Getting nearer by less than this is not getting nearer (metres). */
const PROGRESS = 0.01;

export class Approach {
  readonly #before: number;
  readonly #near: number;
  readonly #patience: number;
  #nearest = Infinity;
  #waited = 0;

  /**
   * The walk ends `before` metres from the place, of which it may miss `near` metres. After `patience`
   * seconds without getting nearer something is in the way, and it ends too.
   */
  constructor(before: number, near: number, patience: number) {
    this.#before = before;
    this.#near = near;
    this.#patience = patience;
  }

  /** Walk for a frame of so many seconds, to a place that may have moved. False if the walk is over. */
  step({ position }: FreeCamera, x: number, z: number, seconds: number): boolean {
    const [dx, dz] = [x - position.x, z - position.z];
    const away = Math.hypot(dx, dz);
    this.#waited = away < this.#nearest - PROGRESS ? 0 : this.#waited + seconds;
    this.#nearest = Math.min(this.#nearest, away);
    if (away <= this.#before + this.#near || this.#waited > this.#patience) return false;
    const share = Math.min(WALKING_SPEED * seconds, away - this.#before) / away;
    position.x += dx * share;
    position.z += dz * share;
    return true;
  }
}
