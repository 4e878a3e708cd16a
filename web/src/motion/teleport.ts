/**
 * The arc of a teleport among the room's things, and the place where it lets somebody stand. Pure.
 *
 * It is stopped by whatever would stop a body. On a floor, be it the ground or a top, it lands;
 * before a wall it comes down. The landing is a place only if a body has room to stand there.
 */

import type { Vec3 } from "../wire.gen.js";
import { Body, END, RADIUS, STEP } from "./collision.js";
import { enter } from "./rays.js";
import { type Contact, FLOOR } from "./solids.js";
import { touch } from "./touch.js";
import { GROUND, type Walls } from "./walls.js";

/** Metres a second at the beginning of the arc: level, from the hand, it reaches 5 m; at most 9. */
const SPEED = 9;
const GRAVITY = 9.81;
/** Seconds of a piece, and pieces at most: longer than any arc takes to the ground. */
const PIECE = 0.02;
const PIECES = 128;
/** A landing may be so far beside where the arc came down (metres). */
const NUDGE = 0.4;
/** Metres kept before a wall. */
const BEFORE = RADIUS + 0.05;
/** A foot's height above the floor at which a landing looks back to the arc's end. */
const SHIN = 0.2;

export class Arc {
  /** The arc's points, x, y, z one after the other; `count` of them are used. */
  readonly points = new Float32Array(3 * (PIECES + 1));
  count = 0;
  /** Whether one may go there; then the place of the feet is in `x`, `y`, `z`. */
  lands = false;
  x = 0;
  y = 0;
  z = 0;
  readonly #walls: Walls;
  readonly #body: Body;
  readonly #contact: Contact = { distance: 0, x: 0, y: 0, z: 0 };

  constructor(walls: Walls) {
    this.#walls = walls;
    this.#body = new Body(walls);
  }

  /** Throw it from a hand along `dx`, `dy`, `dz`, of length one, for somebody with these eyes and height. */
  throw(hand: Vec3, dx: number, dy: number, dz: number, eyes: Vec3, height: number): void {
    this.count = 0;
    this.lands = false;
    if (this.#isWalledIn(eyes) || !this.#walls.seesThrough(eyes, hand)) return;
    this.#body.eyes = height;
    this.#add(hand[0], hand[1], hand[2]);
    for (let piece = 0; piece < PIECES; piece += 1) {
      const fall = dy * SPEED - GRAVITY * PIECE * (piece + 0.5);
      if (this.#fly(dx * SPEED * PIECE, fall * PIECE, dz * SPEED * PIECE)) return;
    }
  }

  /** Whether the eyes are inside something, as those of somebody who leans into a wall. */
  #isWalledIn([x, y, z]: Vec3): boolean {
    return this.#walls.near(x, y, z, x, y, z).some((solid) => {
      touch(solid, x, z, y, y, this.#contact);
      return this.#contact.distance < 0;
    });
  }

  /** One piece of the arc; true when it has come to its end. */
  #fly(dx: number, dy: number, dz: number): boolean {
    const last = 3 * (this.count - 1);
    const [x, y, z] = [this.points[last] as number, this.points[last + 1] as number, this.points[last + 2] as number];
    let share = y + dy < GROUND ? (GROUND - y) / dy : Infinity;
    let floor = share <= 1;
    let [outX, outZ] = [0, 0];
    const near = this.#walls.near(
      Math.min(x, x + dx), Math.min(y, y + dy), Math.min(z, z + dz),
      Math.max(x, x + dx), Math.max(y, y + dy), Math.max(z, z + dz),
    );
    for (const solid of near) {
      const met = enter(solid, x, y, z, dx, dy, dz, this.#contact);
      if (met >= share) continue;
      share = met;
      floor = this.#contact.y >= FLOOR;
      [outX, outZ] = [this.#contact.x, this.#contact.z];
    }
    const part = Math.min(1, share);
    this.#add(x + dx * part, y + dy * part, z + dz * part);
    if (share > 1) return false;
    const aside = floor ? 0 : BEFORE;
    this.#land(x + dx * part + aside * outX, y + dy * part, z + dz * part + aside * outZ);
    return true;
  }

  /** Look for room to stand at or below a point. */
  #land(x: number, y: number, z: number): void {
    const body = this.#body;
    body.put(x, this.#walls.floorBelow(x, z, y + STEP, RADIUS), z);
    const aside = Math.hypot(body.x - x, body.z - z);
    const end = [body.x, body.feet + SHIN, body.z];
    this.lands =
      body.stands && body.feet <= y + STEP && aside <= NUDGE && Math.hypot(body.x, body.z) <= END &&
      this.#walls.seesThrough([x, Math.max(y, body.feet) + SHIN, z], end);
    this.x = body.x;
    this.y = body.feet;
    this.z = body.z;
  }

  #add(x: number, y: number, z: number): void {
    this.points.set([x, y, z], 3 * this.count);
    this.count += 1;
  }
}
