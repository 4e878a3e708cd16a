/** The stick at the bottom left that walks by a finger: shown where there are fingers. */

import { add } from "./dom.js";

export class Stick {
  /** How far it is pushed: 1 at its edge. */
  right = 0;
  forward = 0;
  readonly #base: HTMLElement;
  readonly #knob: HTMLElement;
  #finger: number | undefined;

  constructor(root: HTMLElement) {
    this.#base = add(root, "div", "stick");
    this.#base.setAttribute("aria-hidden", "true"); // the keys do the same
    this.#knob = add(this.#base, "div", "knob");
    this.#base.hidden = true;
  }

  show(): void {
    this.#base.hidden = false;
  }

  /** Follow the finger that comes down on it, until `signal`. */
  listen(signal: AbortSignal): void {
    const listen = (type: string, handle: (event: PointerEvent) => void): void =>
      this.#base.addEventListener(type, (event) => handle(event as PointerEvent), { signal });
    listen("pointerdown", (event) => {
      this.#finger ??= event.pointerId;
      this.#follow(event);
    });
    listen("pointermove", (event) => this.#follow(event));
    for (const end of ["pointerup", "pointercancel"]) {
      listen(end, ({ pointerId }) => {
        if (pointerId === this.#finger) this.release();
      });
    }
  }

  /** Nobody pushes it any more. */
  release(): void {
    this.#finger = undefined;
    this.#push(0, 0);
  }

  #follow({ pointerId, clientX, clientY }: PointerEvent): void {
    if (pointerId !== this.#finger) return;
    const { left, top, width, height } = this.#base.getBoundingClientRect();
    this.#push((2 * (clientX - left)) / width - 1, 1 - (2 * (clientY - top)) / height);
  }

  #push(right: number, forward: number): void {
    this.right = right;
    this.forward = forward;
    const reach = 50 / Math.max(1, Math.hypot(right, forward)); // % of the knob's own size
    this.#knob.style.setProperty("transform", `translate(${right * reach}%, ${-forward * reach}%)`);
  }
}
