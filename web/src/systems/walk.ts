/** Walking with the keyboard: an input of the camera's, level and at walking speed. */

import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { ICameraInput } from "@babylonjs/core/Cameras/cameraInputsManager.js";

/** Metres a second; with Shift twice that. */
export const WALKING_SPEED = 3;
/** A longer time between two frames is a page that slept, not a walk (seconds). */
const LONGEST_FRAME = 0.25;

/** Seconds since the last frame, for which what is held down moves us. */
export function frameSeconds(camera: FreeCamera): number {
  return Math.min(camera.getEngine().getDeltaTime() / 1000, LONGEST_FRAME);
}

/** Go so many metres to the right and forward of where we look, on level ground. */
export function walk(camera: FreeCamera, right: number, forward: number): void {
  const yaw = camera.rotation.y;
  camera.position.x += right * Math.cos(yaw) + forward * Math.sin(yaw);
  camera.position.z += forward * Math.cos(yaw) - right * Math.sin(yaw);
}

/** Key → right and forward. By place on the keyboard, so that AZERTY walks as well. */
const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  KeyW: [0, 1],
  ArrowUp: [0, 1],
  KeyS: [0, -1],
  ArrowDown: [0, -1],
  KeyA: [-1, 0],
  ArrowLeft: [-1, 0],
  KeyD: [1, 0],
  ArrowRight: [1, 0],
};

export class WalkInput implements ICameraInput<FreeCamera> {
  camera!: FreeCamera;
  readonly #target: EventTarget;
  readonly #pressed = new Set<string>();
  #running = false;
  #listening: AbortController | undefined;

  constructor(target: EventTarget) {
    this.#target = target;
  }

  attachControl(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#target.addEventListener("keydown", (event) => this.#onKey(event as KeyboardEvent), { signal });
    this.#target.addEventListener("keyup", (event) => this.#onKey(event as KeyboardEvent), { signal });
    this.#target.addEventListener("blur", () => this.#pressed.clear(), { signal });
  }

  detachControl(): void {
    this.#listening?.abort();
    this.#pressed.clear();
  }

  checkInputs(): void {
    let right = 0;
    let forward = 0;
    for (const code of this.#pressed) {
      const [x, z] = KEYS[code] ?? [0, 0];
      right += x;
      forward += z;
    }
    const length = Math.hypot(right, forward);
    if (length === 0) return;
    const step = ((this.#running ? 2 : 1) * WALKING_SPEED * frameSeconds(this.camera)) / length;
    walk(this.camera, step * right, step * forward);
  }

  getClassName(): string {
    return "WalkInput";
  }

  getSimpleName(): string {
    return "walk";
  }

  #onKey(event: KeyboardEvent): void {
    this.#running = event.shiftKey;
    if (!(event.code in KEYS)) return;
    if (event.type === "keyup") this.#pressed.delete(event.code);
    else if (!event.ctrlKey && !event.metaKey && !event.altKey) this.#pressed.add(event.code);
  }
}

