/**
 * Walls are walls: somebody on foot among solids, who slides along, steps up, stands on top, jumps
 * and falls.
 *
 * The body is a capsule from the feet to above the eyes. A step is cut into pieces shorter than its
 * radius, so that nothing is thin enough to be passed through. Each piece ends free of all solids or
 * is not made: so who was free stays free. After the constructor no object is made.
 */

import { type Contact, FLOOR, type Solid } from "./solids.js";
import { standingHeight, touch } from "./touch.js";
import { GROUND, type Walls } from "./walls.js";

/** Metres from the body's middle to its side. */
export const RADIUS = 0.3;
/** A thing no higher than this is walked onto (metres). */
export const STEP = 0.35;
/** Metres from the eyes to the top of the head. */
export const CROWN = 0.1;
/** The room ends softly: no way leads further from the origin (metres). */
export const END = 200;
/** Metres before the end in which outward steps become shorter. */
const SOFT = 10;
const GRAVITY = 9.81;
/** Metres a second off the ground: enough for 0.8 m. */
const JUMP = 4;
const FASTEST_FALL = 30;
/** Pieces of a step: metres across and upright. */
const ACROSS = 0.15;
const UPRIGHT = 0.2;
/** Pushes in one piece before it is given up, and before somebody stuck is lifted out. */
const PUSHES = 8;
/** Metres kept from what pushed, and metres of overlap that are none. */
const SKIN = 0.001;
const TOLERANCE = 1e-4;
/** A wall that one stands against does not carry: feet are so much slimmer (metres). */
const FEET = RADIUS - 0.01;

export class Body {
  x = 0;
  z = 0;
  /** Height of the feet. */
  feet = GROUND;
  /** Metres from the feet to the eyes. */
  eyes = 1.7;
  /** Whether there is a floor under the feet. */
  stands = true;
  /** Metres a second upwards. */
  #rise = 0;
  readonly #walls: Walls;
  readonly #contact: Contact = { distance: 0, x: 0, y: 0, z: 0 };
  #near: readonly Solid[] = [];

  constructor(walls: Walls) {
    this.#walls = walls;
  }

  /** Stand somewhere else at once; who would be inside something is put beside or on top of it. */
  put(x: number, feet: number, z: number): void {
    this.x = x;
    this.z = z;
    this.feet = Math.max(GROUND, feet);
    this.#rise = 0;
    this.#look(0, 0, STEP);
    if (!this.#free()) this.#release();
    this.#look(0, 0, STEP);
    const floor = this.#floor(this.feet + TOLERANCE);
    this.stands = this.feet - floor < SKIN;
  }

  /** Jump, from a floor. */
  jump(): void {
    if (!this.stands) return;
    this.#rise = JUMP;
    this.stands = false;
  }

  /** Go `dx`, `dz` metres in so many seconds, as far as one can, and fall if there is no floor. */
  step(dx: number, dz: number, seconds: number): void {
    if (!this.stands) this.#rise = Math.max(-FASTEST_FALL, this.#rise - GRAVITY * seconds);
    const dy = this.stands ? 0 : this.#rise * seconds;
    this.#look(dx, dz, Math.abs(dy) + STEP);
    if (!this.#free()) {
      this.#release();
      this.stands = false;
      this.#look(dx, dz, Math.abs(dy) + STEP);
    }
    const length = Math.sqrt(dx * dx + dz * dz);
    const pieces = Math.ceil(Math.max(length / ACROSS, Math.abs(dy) / UPRIGHT));
    for (let piece = 0; piece < pieces; piece += 1) {
      if (this.stands) this.#walk(dx / pieces, dz / pieces);
      else this.#fly(dx / pieces, dy / pieces, dz / pieces);
    }
    if (pieces === 0 && this.stands) this.#walk(0, 0); // the floor may have gone
  }

  #walk(dx: number, dz: number): void {
    const { x, feet, z } = this;
    this.#advance(dx, dz);
    const wantedX = this.x;
    const wantedZ = this.z;
    if (this.#settle(feet + STEP)) return;
    this.x = wantedX; // there is no room on the step: go along it
    this.z = wantedZ;
    this.feet = feet;
    if (this.#settle(feet)) return;
    this.x = x;
    this.feet = feet;
    this.z = z;
  }

  /** Stand on the highest floor below `limit`, and out of the walls; false if one cannot. */
  #settle(limit: number): boolean {
    const before = this.feet;
    let lifted = GROUND;
    for (let push = 0; push < PUSHES; push += 1) {
      const floor = Math.max(lifted, this.#floor(limit));
      this.stands = before - floor <= STEP;
      this.feet = this.stands ? floor : before;
      if (this.#free()) return true;
      if (this.#contact.y >= FLOOR) {
        lifted = this.feet + (RADIUS + SKIN - this.#contact.distance) / this.#contact.y;
        if (lifted > limit) break;
      } else if (!this.#pushAside()) break;
    }
    this.stands = true;
    return false;
  }

  #fly(dx: number, dy: number, dz: number): void {
    const { x, z } = this;
    this.#advance(dx, dz);
    if (!this.#pushOut()) {
      this.x = x;
      this.z = z;
    }
    const { x: beforeX, feet, z: beforeZ } = this;
    const floor = this.#floor(feet + TOLERANCE);
    this.feet = Math.max(floor, feet + dy);
    const lands = dy < 0 && this.feet === floor;
    if (!this.#pushOut()) {
      this.x = beforeX;
      this.feet = feet;
      this.z = beforeZ;
      this.stands = dy < 0; // held between walls: one may walk or jump out
      this.#rise = 0;
    } else if (lands) {
      this.stands = true;
      this.#rise = 0;
    } else if (dy > 0 && this.feet < feet + dy / 2) {
      this.#rise = 0; // under a ceiling
    }
  }

  /** In the air: away from all that is too close, in any direction; false if that does not help. */
  #pushOut(): boolean {
    const { x, feet, z } = this;
    for (let push = 0; push < PUSHES; push += 1) {
      if (this.#free()) return true;
      const { distance, x: nx, y: ny, z: nz } = this.#contact;
      const depth = RADIUS + SKIN - distance;
      this.x += depth * nx;
      this.feet = Math.max(GROUND, this.feet + depth * ny);
      this.z += depth * nz;
    }
    if (this.#free()) return true;
    this.x = x;
    this.feet = feet;
    this.z = z;
    return false;
  }

  /** On foot: level, away from what is too close; false where that does not help. */
  #pushAside(): boolean {
    const { distance, x: nx, z: nz } = this.#contact;
    const depth = RADIUS + SKIN - distance;
    const flat = Math.sqrt(nx * nx + nz * nz);
    if (flat < 0.3) return false; // a ceiling, or something under the feet
    this.x += (depth * nx) / (flat * flat);
    this.z += (depth * nz) / (flat * flat);
    return true;
  }

  /** Whether nothing is too close; else the contact is with the closest. */
  #free(): boolean {
    const low = this.feet + RADIUS;
    const high = Math.max(low, this.feet + this.eyes + CROWN - RADIUS);
    let closest: Solid | undefined;
    let distance = RADIUS - TOLERANCE;
    for (const solid of this.#near) {
      touch(solid, this.x, this.z, low, high, this.#contact);
      if (this.#contact.distance >= distance) continue;
      distance = this.#contact.distance;
      closest = solid;
    }
    if (!closest) return true;
    touch(closest, this.x, this.z, low, high, this.#contact);
    return false;
  }

  /** Inside something: out by the shortest way, or up through all that is there. */
  #release(): void {
    for (let push = 0; push < PUSHES; push += 1) {
      const { distance, x, y, z } = this.#contact;
      const depth = RADIUS + SKIN - distance;
      this.x += depth * x;
      this.feet = Math.max(GROUND, this.feet + depth * y);
      this.z += depth * z;
      this.#look(0, 0, STEP);
      if (this.#free()) return;
    }
    while (!this.#free()) {
      for (const { bounds } of this.#near) this.feet = Math.max(this.feet, this.#above(bounds));
      this.#look(0, 0, STEP);
    }
  }

  /** Feet on top of these bounds, if the body is in them. */
  #above(bounds: Float64Array): number {
    const inside = (bounds[1] as number) < this.feet + this.eyes + CROWN;
    return inside ? (bounds[4] as number) + SKIN : GROUND;
  }

  #floor(limit: number): number {
    let floor = GROUND;
    for (const solid of this.#near) {
      const height = standingHeight(solid, this.x, this.z, FEET);
      if (height <= limit && height > floor) floor = height;
    }
    return floor;
  }

  /** Collect what a step can meet. */
  #look(dx: number, dz: number, reach: number): void {
    const side = RADIUS + SKIN + 0.5; // pushes lead a little aside
    this.#near = this.#walls.near(
      this.x - Math.abs(dx) - side, this.feet - reach, this.z - Math.abs(dz) - side,
      this.x + Math.abs(dx) + side, this.feet + this.eyes + CROWN + reach, this.z + Math.abs(dz) + side,
    );
  }

  /** Move, unless outwards at the end of the room. */
  #advance(dx: number, dz: number): void {
    const away = Math.sqrt(this.x * this.x + this.z * this.z);
    const outward = away === 0 ? 0 : (this.x * dx + this.z * dz) / away;
    const kept = Math.max(0, Math.min(1, (END - away) / SOFT));
    const less = outward > 0 ? (outward * (1 - kept)) / away : 0;
    this.x += dx - less * this.x;
    this.z += dz - less * this.z;
  }
}
