/**
 * Fingers on the picture. One is a stick: it walks and turns by how far it is from where it came
 * down. Two drag the view as the mouse does.
 *
 * Babylon's own touch input hardly turns, by another angle on each screen, and goes on walking when
 * the system takes the finger away.
 */

import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { ICameraInput } from "@babylonjs/core/Cameras/cameraInputsManager.js";
import { frameSeconds, walk, WALKING_SPEED } from "./walk.js";

/** Pixels that a finger trembles: no step and no turn. */
export const STILL = 12;
/** Pixels beyond those for walking and turning speed; the further, the faster, up to MOST of it. */
export const STICK = 80;
const MOST = 2;
/** Radians a second. */
export const TURNING_SPEED = 1.2;

interface Finger {
  /** Where it came down, or where it was when another one came or went. */
  fromX: number;
  fromY: number;
  x: number;
  y: number;
}

export class TouchInput implements ICameraInput<FreeCamera> {
  camera!: FreeCamera;
  readonly #target: EventTarget;
  readonly #pixelsPerRadian: number;
  readonly #fingers = new Map<number, Finger>();
  #listening: AbortController | undefined;

  /** Fingers on `target`; `pixelsPerRadian` is the mouse's `angularSensibility`. */
  constructor(target: EventTarget, pixelsPerRadian: number) {
    this.#target = target;
    this.#pixelsPerRadian = pixelsPerRadian;
  }

  attachControl(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const listen = (type: string, hear: (event: PointerEvent) => void): void => {
      const touch = (event: Event): void => {
        if ((event as PointerEvent).pointerType === "touch") hear(event as PointerEvent);
      };
      this.#target.addEventListener(type, touch, { signal });
    };
    listen("pointerdown", ({ pointerId, clientX: x, clientY: y }) => {
      this.#fingers.set(pointerId, { fromX: x, fromY: y, x, y });
      this.#begin();
    });
    listen("pointermove", (event) => this.#onMove(event));
    for (const end of ["pointerup", "pointercancel"]) {
      listen(end, ({ pointerId }) => {
        if (this.#fingers.delete(pointerId)) this.#begin();
      });
    }
  }

  detachControl(): void {
    this.#listening?.abort();
    this.#fingers.clear();
  }

  checkInputs(): void {
    const [finger] = this.#fingers.values();
    if (!finger || this.#fingers.size > 1) return;
    const seconds = frameSeconds(this.camera);
    this.camera.rotation.y += stick(finger.x - finger.fromX) * TURNING_SPEED * seconds;
    walk(this.camera, 0, stick(finger.fromY - finger.y) * WALKING_SPEED * seconds);
  }

  getClassName(): string {
    return "TouchInput";
  }

  getSimpleName(): string {
    return "touch";
  }

  #onMove({ pointerId, clientX, clientY }: PointerEvent): void {
    const finger = this.#fingers.get(pointerId);
    if (!finger) return;
    const { size } = this.#fingers;
    if (size > 1) {
      const perPixel = 1 / (this.#pixelsPerRadian * size);
      this.camera.cameraRotation.y += (clientX - finger.x) * perPixel;
      this.camera.cameraRotation.x += (clientY - finger.y) * perPixel;
    }
    finger.x = clientX;
    finger.y = clientY;
  }

  /** The fingers that are down now mean something new: none walks by what it did before. */
  #begin(): void {
    for (const finger of this.#fingers.values()) {
      finger.fromX = finger.x;
      finger.fromY = finger.y;
    }
  }
}

/** How far a stick is pushed: 0 at rest, 1 at walking speed. */
function stick(pixels: number): number {
  const beyond = Math.max(0, Math.abs(pixels) - STILL);
  return Math.sign(pixels) * Math.min(MOST, beyond / STICK);
}
