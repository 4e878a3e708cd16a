/** The way to somebody: an input of the camera's that turns to them, and walks until it stands before them. */

import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { ICameraInput } from "@babylonjs/core/Cameras/cameraInputsManager.js";
import type { Vec3 } from "../wire.gen.js";
import { frameSeconds, WALKING_SPEED } from "./walk.js";

/** Metres between two people who talk. */
export const BEFORE = 1.2;
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
  #nearest = Infinity;
  #waited = 0;

  /** Walk to a target that may move; it is undefined once it is gone. Any key or finger ends it. */
  go(target: () => Vec3 | undefined): void {
    this.#target = target;
    this.#nearest = Infinity;
    this.#waited = 0;
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
    const { position } = this.camera;
    const seconds = frameSeconds(this.camera);
    lookAt(this.camera, place);
    const [dx, dz] = [place[0] - position.x, place[2] - position.z];
    const away = Math.hypot(dx, dz);
    this.#waited = away < this.#nearest - 0.01 ? 0 : this.#waited + seconds;
    this.#nearest = Math.min(this.#nearest, away);
    if (away <= BEFORE + 0.01 || this.#waited > PATIENCE) {
      this.stop();
      return;
    }
    const share = Math.min(WALKING_SPEED * seconds, away - BEFORE) / away;
    position.x += dx * share;
    position.z += dz * share;
  }

  getClassName(): string {
    return "GoInput";
  }

  getSimpleName(): string {
    return "go";
  }
}
