/**
 * The mouse: it looks while it is dragged, and after a click without a drag by moving alone, as long
 * as the browser keeps the pointer for us. Esc ends that, which is the browser's own key.
 */

import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import type { ICameraInput } from "@babylonjs/core/Cameras/cameraInputsManager.js";
import type { Preferences } from "../preferences.js";
import { tiltBy } from "./walk.js";

/** Pixels of one wide swipe, which turns half round. */
export const SWIPE = 640;
/** Pixels by which a hand moves the mouse while it clicks. */
const CLICK = 4;
/** Pixels in one event that no hand makes: some browsers jump where the pointer is taken. */
const LEAP = 400;

export class MouseInput implements ICameraInput<FreeCamera> {
  camera!: FreeCamera;
  readonly #picture: HTMLElement;
  readonly #window: EventTarget;
  readonly #locks: () => boolean;
  readonly #preferences: Pick<Preferences, "mouse">;
  /** How far it was dragged since the button went down on the picture; undefined while it is up. */
  #dragged: number | undefined;
  #listening: AbortController | undefined;

  /** `locks` says whether the browser keeps the pointer for the picture. */
  constructor(picture: HTMLElement, window: EventTarget, locks: () => boolean, preferences: Pick<Preferences, "mouse">) {
    this.#picture = picture;
    this.#window = window;
    this.#locks = locks;
    this.#preferences = preferences;
  }

  attachControl(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const listen = (target: EventTarget, type: string, handle: (event: PointerEvent) => void): void => {
      const point = (event: Event): void => {
        if ((event as PointerEvent).pointerType !== "touch") handle(event as PointerEvent);
      };
      target.addEventListener(type, point, { signal });
    };
    listen(this.#picture, "pointerdown", ({ button }) => {
      if (button === 0) this.#dragged = 0;
    });
    // on the window: a drag may end beside the picture
    listen(this.#window, "pointermove", (event) => this.#onMove(event));
    listen(this.#window, "pointerup", ({ button }) => {
      if (button === 0) this.#onUp();
    });
  }

  detachControl(): void {
    this.#listening?.abort();
    this.#dragged = undefined;
  }

  getClassName(): string {
    return "MouseInput";
  }

  getSimpleName(): string {
    return "mouse";
  }

  #onMove({ movementX, movementY }: PointerEvent): void {
    const way = Math.abs(movementX) + Math.abs(movementY);
    if (way > LEAP || (this.#dragged === undefined && !this.#locks())) return;
    if (this.#dragged !== undefined) this.#dragged += way;
    const { rotation } = this.camera;
    const perPixel = (this.#preferences.mouse.value * Math.PI) / SWIPE;
    rotation.y += movementX * perPixel;
    tiltBy(this.camera, movementY * perPixel);
  }

  #onUp(): void {
    const clicked = this.#dragged !== undefined && this.#dragged < CLICK;
    this.#dragged = undefined;
    // a browser that refuses it, as inside a frame, leaves dragging
    if (clicked && !this.#locks()) void Promise.resolve(this.#picture.requestPointerLock?.()).catch(() => undefined);
  }
}
