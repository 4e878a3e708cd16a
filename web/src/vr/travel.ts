/**
 * Going about in VR: jump to where a hand points, or walk by the stick, and turn. The walls are those
 * that somebody on foot has.
 */

import type { WebXRCamera } from "@babylonjs/core/XR/webXRCamera.js";
import { Subject } from "rxjs";
import type { Preferences } from "../preferences.js";
import { Body, RADIUS, STEP } from "../motion/collision.js";
import { Arc } from "../motion/teleport.js";
import type { Walls } from "../motion/walls.js";
import { SNAP, TURNING_SPEED } from "../systems/walk.js";
import { AimSign } from "./aim.js";
import type { Pointer } from "./pointers.js";
import { Rig } from "./rig.js";
import { Vignette } from "./vignette.js";

/** Metres a second with the stick at its edge; slower than on the screen, for the stomach. */
const SPEED = 2;
/** Metres a second of somebody who has walked off a top in their own room. */
const SINK = 4;
/** The part of the screen's speed with which one turns smoothly. */
const SMOOTH_TURN = 0.7;

export class Travel {
  readonly rig: Rig;
  /** Somebody went somewhere by will. */
  readonly $went = new Subject<void>();
  readonly #preferences: Preferences;
  readonly #walls: Walls;
  readonly #body: Body;
  readonly #arc: Arc;
  readonly #sign: AimSign;
  readonly #vignette: Vignette;
  /** The hand that aims; it goes when it lets go. */
  #aiming: Pointer | undefined;
  /** The place and heading that recentring leads back to. */
  #anchor = { x: 0, z: 0, heading: 0 };

  constructor(camera: WebXRCamera, walls: Walls, preferences: Preferences) {
    this.rig = new Rig(camera, preferences);
    this.#preferences = preferences;
    this.#walls = walls;
    this.#body = new Body(walls);
    this.#arc = new Arc(walls);
    this.#sign = new AimSign(camera.getScene());
    this.#vignette = new Vignette(camera);
  }

  /** Stand here, in the first frame, and whenever else a place is given. */
  stand(x: number, feet: number, z: number): void {
    this.rig.go(x, feet, z);
    this.#body.put(x, feet, z);
    this.#drop();
  }

  /** Nothing is aimed at any more, and nobody moves. */
  rest(): void {
    this.#aiming = undefined;
    this.#sign.hide();
    this.#vignette.show(false, 1);
  }

  /** The place and heading from before one moved about in the real room. */
  recentre(): void {
    const { x, z, heading } = this.#anchor;
    this.rig.turn(heading - this.rig.heading);
    this.rig.go(x, this.rig.feet, z);
  }

  /** Turn by so many steps to the right. */
  turn(steps: number): void {
    this.rig.turn(steps * SNAP);
    this.#drop();
  }

  /** A pinch or trigger aims while it is held. */
  pinch(pointer: Pointer): void {
    this.#aiming ??= pointer;
  }

  release(pointer: Pointer): void {
    if (this.#aiming !== pointer) return;
    this.#aim(pointer);
    this.#go();
  }

  /** A frame, so many seconds after the last; `pointers` have read theirs. */
  frame(pointers: readonly Pointer[], seconds: number): void {
    let moves = false;
    for (const pointer of pointers) {
      const walks = this.#preferences.vrWalk.value === "smooth" && pointer.source.handedness === "left";
      moves = (walks ? this.#walk(pointer, seconds) : this.#steer(pointer, seconds)) || moves;
    }
    if (!moves) this.#settle(seconds);
    if (this.#aiming && !pointers.includes(this.#aiming)) this.rest();
    if (this.#aiming) this.#aim(this.#aiming);
    this.rig.level();
    this.#vignette.show(moves && this.#preferences.comfort.value, seconds);
  }

  /** The stick that turns, and aims; true while it turns smoothly. */
  #steer(pointer: Pointer, seconds: number): boolean {
    const { stick, turned } = pointer;
    if (stick.aims) this.#aiming ??= pointer;
    else if (this.#aiming === pointer && !pointer.pinched) this.#go();
    if (this.#preferences.vrTurn.value === "snap") {
      if (turned !== 0) this.turn(turned);
      return false;
    }
    if (stick.aims || stick.x === 0) return false;
    this.rig.turn(stick.x * SMOOTH_TURN * TURNING_SPEED * this.#preferences.turnSpeed.value * seconds);
    this.#drop();
    return true;
  }

  /** Walk where the stick is pushed, seen from where we look; false while it rests. */
  #walk({ stick }: Pointer, seconds: number): boolean {
    if (stick.x === 0 && stick.y === 0) return false;
    const sine = Math.sin(this.rig.heading);
    const cosine = Math.cos(this.rig.heading);
    const reach = SPEED * seconds;
    this.#step(reach * (stick.x * cosine - stick.y * sine), reach * (-stick.x * sine - stick.y * cosine), seconds);
    this.#drop();
    this.$went.next();
    return true;
  }

  /** As the body of somebody on foot goes from here. */
  #step(dx: number, dz: number, seconds: number): void {
    const { rig } = this;
    const body = this.#body;
    body.x = rig.x;
    body.z = rig.z;
    body.feet = rig.feet;
    body.eyes = rig.eyes;
    body.step(dx, dz, seconds);
    rig.go(body.x, body.feet, body.z);
  }

  /** The stick rests: somebody who left a top by their own feet comes down. */
  #settle(seconds: number): void {
    const { x, z, feet } = this.rig;
    const floor = this.#walls.floorBelow(x, z, feet + STEP / 2, RADIUS);
    if (floor < feet) this.rig.feet = Math.max(floor, feet - SINK * seconds);
    this.#body.stands = true;
  }

  #aim({ from, ahead }: Pointer): void {
    const { head, eyes } = this.rig;
    this.#arc.throw([from.x, from.y, from.z], ahead.x, ahead.y, ahead.z, head, eyes);
    this.#sign.show(this.#arc);
  }

  #go(): void {
    const { lands, x, y, z } = this.#arc;
    this.rest();
    if (!lands) return;
    this.stand(x, y, z);
    this.$went.next();
  }

  #drop(): void {
    this.#anchor = { x: this.rig.x, z: this.rig.z, heading: this.rig.heading };
  }
}
