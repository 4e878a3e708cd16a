/** The way to somebody: an input of the camera's that turns to them, and walks until it stands before them. */

import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { ICameraInput } from "@babylonjs/core/Cameras/cameraInputsManager.js";
import type { Vec3 } from "../wire.gen.js";
import { Approach } from "./approach.js";
import { frameSeconds } from "./walk.js";

/** Metres between two people who talk. */
export const BEFORE = 1.2;
/** Metres from there at which one is there. */
const NEAR = 0.01;
/** Seconds without getting nearer after which something is in the way. */
const PATIENCE = 0.6;

/** Turn to a point at once. */
export function lookAt(camera: FreeCamera, [x, y, z]: Vec3): void {
  const { position, rotation } = camera;
  rotation.y = Math.atan2(x - position.x, z - position.z);
  rotation.x = Math.atan2(position.y - y, Math.hypot(x - position.x, z - position.z));
}

export class GoInput implements ICameraInput<FreeCamera> {
  camera!: FreeCamera;
  #target: (() => Vec3 | undefined) | undefined;
  #approach = new Approach(BEFORE, NEAR, PATIENCE);

  /** Walk to a target that may move; it is undefined once it is gone. Any key or finger ends it. */
  go(target: () => Vec3 | undefined): void {
    this.#target = target;
    this.#approach = new Approach(BEFORE, NEAR, PATIENCE);
  }

  stop(): void {
    this.#target = undefined;
  }

  attachControl(): void {}

  detachControl(): void {
    this.stop();
  }

  checkInputs(): void {
    const place = this.#target?.();
    if (!place) return;
    lookAt(this.camera, place);
    const [x, , z] = place;
    if (!this.#approach.step(this.camera, x, z, frameSeconds(this.camera))) this.stop();
  }

  getClassName(): string {
    return "GoInput";
  }

  getSimpleName(): string {
    return "go";
  }
}
