/**
 * The place of a visitor in VR: the room's floor under the real one, and where the head is over it.
 *
 * Babylon moves the headset's reference space when its camera is moved between two frames.
 */

import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { WebXRCamera } from "@babylonjs/core/XR/webXRCamera.js";
import type { Preferences } from "../preferences.js";
import type { Vec3 } from "../wire.gen.js";

/** Metres by which somebody who sits is lifted to look others in the eyes. */
const SEAT = 0.4;
/** A smaller difference in height is none: each change makes a reference space (metres). */
const LEVEL = 0.002;

export class Rig {
  /** Height of the floor that we stand on. */
  feet = 0;
  readonly #camera: WebXRCamera;
  readonly #preferences: Preferences;
  readonly #ahead = new Vector3();
  readonly #turn = new Quaternion();

  constructor(camera: WebXRCamera, preferences: Preferences) {
    this.#camera = camera;
    this.#preferences = preferences;
  }

  get x(): number {
    return this.#camera.position.x;
  }

  get z(): number {
    return this.#camera.position.z;
  }

  /** Metres from the floor to the eyes. */
  get eyes(): number {
    return Math.max(0.3, this.#camera.position.y - this.feet);
  }

  get head(): Vec3 {
    const { x, y, z } = this.#camera.position;
    return [x, y, z];
  }

  /** Radians from +z to +x, seen from above. */
  get heading(): number {
    Vector3.Forward().rotateByQuaternionToRef(this.#camera.rotationQuaternion, this.#ahead);
    return Math.atan2(this.#ahead.x, this.#ahead.z);
  }

  /** Stand somewhere else, and look where we look. */
  go(x: number, feet: number, z: number): void {
    this.#camera.position.y += feet - this.feet;
    this.feet = feet;
    this.#camera.position.x = x;
    this.#camera.position.z = z;
  }

  /** Turn on the spot, to the right. */
  turn(radians: number): void {
    Quaternion.RotationYawPitchRollToRef(radians, 0, 0, this.#turn);
    const { rotationQuaternion } = this.#camera;
    this.#turn.multiplyToRef(rotationQuaternion, rotationQuaternion);
  }

  /**
   * Bring the eyes to the height that the headset has over our floor, with what the visitor added.
   * Only within a frame: the browser tells the height then alone.
   */
  level(): void {
    const { seated, height } = this.#preferences;
    const added = (seated.value ? SEAT : 0) + height.value / 100;
    const wanted = this.feet + this.#camera.realWorldHeight + added;
    if (Math.abs(wanted - this.#camera.position.y) > LEVEL) this.#camera.position.y = wanted;
  }
}
