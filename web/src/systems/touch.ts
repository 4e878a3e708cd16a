/**
 * Fingers. On the stick one walks, the further from its middle the faster. On the picture a finger
 * that is dragged takes what it is on along, and one that taps goes to the place it tapped on. Two
 * fingers drawn together step back for an overview, and apart, or a tap, come back.
 *
 * Babylon's own touch input hardly turns, by another angle on each screen, and goes on walking when
 * the system takes the finger away.
 */

import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { ICameraInput } from "@babylonjs/core/Cameras/cameraInputsManager.js";
import type { BehaviorSubject } from "rxjs";
import type { Preferences } from "../preferences.js";
import type { Stick } from "../ui/stick.js";
import { Approach } from "./approach.js";
import { frameSeconds, tiltBy, walk, WALKING_SPEED } from "./walk.js";

/** Pixels that a finger trembles: no drag yet. */
export const STILL = 12;
/** Milliseconds: who holds a finger down for longer does not tap. */
const TAP = 400;
/** The part of the stick's radius in the middle that is no step. */
const REST = 0.15;
/** The speed of who drags the finger beyond the stick's edge, in walking speeds. */
const MOST = 2;
/** Metres from the goal at which one is there. */
const THERE = 0.05;
/** Seconds without getting nearer after which something is in the way. */
const PATIENCE = 0.5;

/** Metres of the longest step back, and for each pixel that two fingers come together. */
export const FURTHEST_BACK = 8;
const BACK_PER_PIXEL = 0.03;
/** A shorter step back is none (metres). */
const SHORTEST_BACK = 0.8;

/** The place that is seen at `right`, `up`, each from -1 to 1 over the picture. */
export type Aim = (right: number, up: number) => Place | undefined;

interface Place {
  readonly x: number;
  readonly z: number;
}

interface Finger {
  readonly id: number;
  readonly fromX: number;
  readonly fromY: number;
  readonly since: number;
  x: number;
  y: number;
  drags: boolean;
}

/** A second finger, and how it began. */
interface Pinch {
  readonly id: number;
  x: number;
  y: number;
  /** Pixels between the two, and metres back, when it came down. */
  readonly apart: number;
  readonly back: number;
}

interface Goal extends Place {
  readonly approach: Approach;
}

export class TouchInput implements ICameraInput<FreeCamera> {
  camera!: FreeCamera;
  readonly #picture: HTMLElement;
  readonly #stick: Stick;
  readonly #aim: Aim;
  readonly #preferences: Pick<Preferences, "touch">;
  readonly #$back: BehaviorSubject<number>;
  #finger: Finger | undefined;
  #pinch: Pinch | undefined;
  #goal: Goal | undefined;
  #listening: AbortController | undefined;

  /** `$back` gets the metres of the step back. */
  constructor(
    picture: HTMLElement, stick: Stick, aim: Aim, preferences: Pick<Preferences, "touch">, $back: BehaviorSubject<number>,
  ) {
    this.#picture = picture;
    this.#stick = stick;
    this.#aim = aim;
    this.#preferences = preferences;
    this.#$back = $back;
  }

  attachControl(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const listen = (type: string, handle: (event: PointerEvent) => void): void => {
      const touch = (event: Event): void => {
        if ((event as PointerEvent).pointerType === "touch") handle(event as PointerEvent);
      };
      this.#picture.addEventListener(type, touch, { signal });
    };
    listen("pointerdown", (event) => this.#onDown(event));
    listen("pointermove", (event) => this.#onMove(event));
    listen("pointerup", (event) => this.#onUp(event));
    listen("pointercancel", ({ pointerId }) => {
      if (pointerId === this.#finger?.id) this.#finger = undefined;
      this.#endPinch(pointerId);
    });
    this.#stick.listen(signal);
  }

  detachControl(): void {
    this.#listening?.abort();
    this.#stick.release();
    this.#finger = this.#pinch = undefined;
    this.#goal = undefined;
  }

  checkInputs(): void {
    const seconds = frameSeconds(this.camera);
    const { right, forward } = this.#stick;
    const push = Math.hypot(right, forward);
    if (push > REST) {
      this.#goal = undefined;
      const metres = (Math.min(MOST, push) / push) * WALKING_SPEED * seconds;
      walk(this.camera, right * metres, forward * metres);
    } else if (this.#goal) {
      const { approach, x, z } = this.#goal;
      if (!approach.step(this.camera, x, z, seconds)) this.#goal = undefined;
    }
  }

  getClassName(): string {
    return "TouchInput";
  }

  getSimpleName(): string {
    return "touch";
  }

  /** A third finger does nothing. */
  #onDown({ pointerId: id, clientX: x, clientY: y, timeStamp: since }: PointerEvent): void {
    this.#stick.show();
    const finger = this.#finger;
    if (!finger) {
      this.#finger = { id, fromX: x, fromY: y, since, x, y, drags: false };
    } else if (!this.#pinch) {
      finger.drags = true; // no tap any more
      this.#pinch = { id, x, y, apart: Math.hypot(x - finger.x, y - finger.y), back: this.#$back.value };
    }
  }

  /** Two fingers change how far back the picture is drawn from. */
  #pinchTo(finger: Finger, pinch: Pinch, { pointerId, clientX, clientY }: PointerEvent): void {
    const moved = pointerId === finger.id ? finger : pinch;
    moved.x = clientX;
    moved.y = clientY;
    const apart = Math.hypot(pinch.x - finger.x, pinch.y - finger.y);
    const back = Math.min(FURTHEST_BACK, pinch.back + (pinch.apart - apart) * BACK_PER_PIXEL);
    this.#$back.next(back < SHORTEST_BACK ? 0 : back);
  }

  #endPinch(pointerId: number): void {
    if (pointerId === this.#pinch?.id || !this.#finger) this.#pinch = undefined;
  }

  #onMove(event: PointerEvent): void {
    const { pointerId, clientX, clientY } = event;
    const finger = this.#finger;
    if (finger && this.#pinch && [finger.id, this.#pinch.id].includes(pointerId)) {
      this.#pinchTo(finger, this.#pinch, event);
      return;
    }
    if (finger?.id !== pointerId) return;
    finger.drags ||= Math.hypot(clientX - finger.fromX, clientY - finger.fromY) > STILL;
    if (!finger.drags) return;
    const { rotation, fov } = this.camera;
    // one to one in the picture's middle, unless chosen otherwise
    const perPixel = (this.#preferences.touch.value * 2 * Math.tan(fov / 2)) / this.#picture.clientHeight;
    rotation.y -= (clientX - finger.x) * perPixel;
    tiltBy(this.camera, (finger.y - clientY) * perPixel);
    finger.x = clientX;
    finger.y = clientY;
  }

  #onUp({ pointerId, clientX, clientY, timeStamp }: PointerEvent): void {
    const finger = this.#finger;
    if (finger?.id === pointerId) this.#finger = undefined;
    this.#endPinch(pointerId);
    if (finger?.id !== pointerId) return;
    if (finger.drags || timeStamp - finger.since > TAP) return;
    if (this.#$back.value > 0) {
      this.#$back.next(0); // what is tapped on is not seen from our eyes
      return;
    }
    const { clientWidth, clientHeight } = this.#picture;
    const place = this.#aim((2 * clientX) / clientWidth - 1, 1 - (2 * clientY) / clientHeight);
    this.#goal = place && { ...place, approach: new Approach(0, THERE, PATIENCE) };
  }
}
