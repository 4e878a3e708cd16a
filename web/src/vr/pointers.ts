/** The hands of a visitor in VR, be they controllers or bare: where each points, its stick, its pinch. */

import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { WebXRInput } from "@babylonjs/core/XR/webXRInput.js";
import type { WebXRInputSource } from "@babylonjs/core/XR/webXRInputSource.js";
import type { WebXRSessionManager } from "@babylonjs/core/XR/webXRSessionManager.js";
import { Stick } from "./sticks.js";

/** One hand. Written anew for each frame. */
export class Pointer {
  /** The origin of its ray, and its direction, of length one. */
  readonly from = new Vector3();
  readonly ahead = new Vector3();
  /** The hand itself. */
  readonly wrist = new Vector3();
  readonly stick = new Stick();
  /** The trigger is held, or thumb and finger are together. */
  pinched = false;
  /** The side to which the stick was pushed in this frame: -1, 0 or 1. */
  turned = 0;
  readonly #controller: WebXRInputSource;

  constructor(controller: WebXRInputSource) {
    this.#controller = controller;
  }

  get source(): XRInputSource {
    return this.#controller.inputSource;
  }

  /** Read the frame. */
  read(): void {
    const { pointer, grip = pointer } = this.#controller;
    grip.computeWorldMatrix(true);
    this.wrist.copyFrom(grip.absolutePosition);
    const world = pointer.computeWorldMatrix(true);
    Vector3.TransformNormalFromFloatsToRef(0, 0, 1, world, this.ahead);
    this.ahead.normalize();
    this.from.copyFrom(pointer.absolutePosition);
    const axes = this.source.gamepad?.axes;
    // as the standard has it: a touchpad first, then a thumbstick, each where there is one
    if (!axes || axes.length < 2) return;
    const first = axes.length > 3 ? 2 : 0;
    this.turned = this.stick.move(axes[first] as number, axes[first + 1] as number);
  }
}

/** The upper of the two buttons beside the stick, B or Y, in the standard order of buttons. */
const UPPER = 5;

export class Pointers {
  readonly all: Pointer[] = [];

  /** `onPinch` and `onRelease` are called when a trigger or a pinch begins and ends. */
  constructor(
    input: WebXRInput,
    manager: WebXRSessionManager,
    onPinch: (pointer: Pointer) => void,
    onRelease: (pointer: Pointer) => void,
  ) {
    input.onControllerAddedObservable.add((controller) => this.all.push(new Pointer(controller)));
    input.onControllerRemovedObservable.add(({ inputSource }) => {
      const place = this.all.findIndex(({ source }) => source === inputSource);
      if (place >= 0) this.all.splice(place, 1);
    });
    manager.onXRSessionInit.add((session) => {
      const hear = (type: "selectstart" | "selectend", pinched: boolean, tell: (pointer: Pointer) => void): void =>
        session.addEventListener(type, ({ inputSource }) => {
          const pointer = this.all.find(({ source }) => source === inputSource);
          if (!pointer) return;
          pointer.read(); // the frame before is too old to point by
          pointer.pinched = pinched;
          tell(pointer);
        });
      hear("selectstart", true, onPinch);
      hear("selectend", false, onRelease);
    });
  }

  /** Whether the upper button of any controller is held. */
  get speaks(): boolean {
    return this.all.some(({ source }) => source.gamepad?.buttons[UPPER]?.pressed === true);
  }

  /** The hand of a side, if it is there. */
  of(side: XRHandedness): Pointer | undefined {
    return this.all.find(({ source }) => source.handedness === side);
  }
}
