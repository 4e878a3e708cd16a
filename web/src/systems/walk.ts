/** The keyboard: an input of the camera's that walks, level and at walking speed, turns and tilts. */

import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { ICameraInput } from "@babylonjs/core/Cameras/cameraInputsManager.js";
import type { Preferences } from "../preferences.js";
import { isWriting } from "../ui/keys.js";

/** Metres a second; with Shift twice that. */
export const WALKING_SPEED = 3;
/** A longer time between two frames is a page that slept, not a walk (seconds). */
export const LONGEST_FRAME = 0.25;

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

/** Radians a second. */
export const TURNING_SPEED = 2;
/** For those who turn in steps: radians of a step, and seconds until the next while the key is held. */
export const SNAP = Math.PI / 6;
const NEXT_SNAP = 0.4;
const TILTING_SPEED = 1;
/** As far as one looks up or down: not quite straight (radians). */
export const MOST_TILT = 1.5;

/** Look so many radians further down, as far as one looks. */
export function tiltBy({ rotation }: FreeCamera, radians: number): void {
  rotation.x = Math.max(-MOST_TILT, Math.min(MOST_TILT, rotation.x + radians));
}

/**
 * Key → how much to the right, forward, turning right and tilting down. By place on the keyboard, so
 * that AZERTY walks as well.
 */
const KEYS: Readonly<Record<string, readonly [number, number, number, number]>> = {
  KeyW: [0, 1, 0, 0],
  ArrowUp: [0, 1, 0, 0],
  KeyS: [0, -1, 0, 0],
  ArrowDown: [0, -1, 0, 0],
  KeyA: [-1, 0, 0, 0],
  KeyD: [1, 0, 0, 0],
  ArrowLeft: [0, 0, -1, 0],
  KeyQ: [0, 0, -1, 0],
  ArrowRight: [0, 0, 1, 0],
  KeyE: [0, 0, 1, 0],
  PageUp: [0, 0, 0, -1],
  PageDown: [0, 0, 0, 1],
};

/** Whether a key, by its place on the keyboard, walks, turns or tilts. */
export function isWalkKey(code: string): boolean {
  return code in KEYS;
}

export class WalkInput implements ICameraInput<FreeCamera> {
  camera!: FreeCamera;
  readonly #target: EventTarget;
  readonly #preferences: Pick<Preferences, "turn" | "turnSpeed">;
  readonly #pressed = new Set<string>();
  #running = false;
  /** Seconds since the last step of a turn. */
  #sinceSnap = Infinity;
  #listening: AbortController | undefined;

  constructor(target: EventTarget, preferences: Pick<Preferences, "turn" | "turnSpeed">) {
    this.#target = target;
    this.#preferences = preferences;
  }

  attachControl(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#target.addEventListener("keydown", (event) => this.#onKey(event as KeyboardEvent), { signal });
    this.#target.addEventListener("keyup", (event) => this.#onKey(event as KeyboardEvent), { signal });
    this.#target.addEventListener("blur", () => this.#release(), { signal });
  }

  detachControl(): void {
    this.#listening?.abort();
    this.#release();
  }

  checkInputs(): void {
    let right = 0;
    let forward = 0;
    let turn = 0;
    let tilt = 0;
    for (const code of this.#pressed) {
      const [x, z, about, down] = KEYS[code] ?? [0, 0, 0, 0];
      right += x;
      forward += z;
      turn += about;
      tilt += down;
    }
    const seconds = frameSeconds(this.camera);
    const { rotation } = this.camera;
    rotation.y += this.#turn(Math.sign(turn), seconds);
    if (tilt !== 0) {
      tiltBy(this.camera, tilt * TILTING_SPEED * seconds);
    }
    const length = Math.hypot(right, forward);
    if (length === 0) return;
    const step = ((this.#running ? 2 : 1) * WALKING_SPEED * seconds) / length;
    walk(this.camera, step * right, step * forward);
  }

  getClassName(): string {
    return "WalkInput";
  }

  getSimpleName(): string {
    return "walk";
  }

  /** Radians to turn in this frame, to the right (1), the left (-1), or not at all (0). */
  #turn(side: number, seconds: number): number {
    const { turn, turnSpeed } = this.#preferences;
    if (turn.value === "smooth") return side * TURNING_SPEED * turnSpeed.value * seconds;
    this.#sinceSnap = side === 0 ? Infinity : this.#sinceSnap + seconds;
    if (this.#sinceSnap < NEXT_SNAP || side === 0) return 0;
    this.#sinceSnap = 0;
    return side * SNAP;
  }

  #release(): void {
    this.#pressed.clear();
    this.#running = false;
  }

  #onKey(event: KeyboardEvent): void {
    this.#running = event.shiftKey;
    if (!isWalkKey(event.code)) return;
    if (event.type === "keyup") this.#pressed.delete(event.code);
    else if (!event.ctrlKey && !event.metaKey && !event.altKey && !isWriting(event)) this.#pressed.add(event.code);
  }
}

