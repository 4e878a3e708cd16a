/** The point on the floor that somebody taps on, to walk there. */

import { enter } from "./rays.js";
import type { Contact } from "./solids.js";
import { GROUND, type Walls } from "./walls.js";

/** Further away nobody aims well (metres). */
const FURTHEST = 40;

export interface Eye {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Radians to the right, and down. */
  readonly yaw: number;
  readonly pitch: number;
  /** Upright, in radians. */
  readonly fov: number;
  /** Of the picture: width by height. */
  readonly aspect: number;
}

const contact: Contact = { distance: 0, x: 0, y: 0, z: 0 };

/**
 * The place on the ground, or before or on the first thing in the way, that is seen at `right` and
 * `up`, each from -1 to 1 over the picture; undefined for the sky and what is too far.
 */
export function aim(walls: Walls, eye: Eye, right: number, up: number): { x: number; z: number } | undefined {
  const tall = Math.tan(eye.fov / 2);
  const [sinYaw, cosYaw] = [Math.sin(eye.yaw), Math.cos(eye.yaw)];
  const [sinPitch, cosPitch] = [Math.sin(eye.pitch), Math.cos(eye.pitch)];
  const side = right * tall * eye.aspect;
  const rise = up * tall;
  const dy = rise * cosPitch - sinPitch;
  const ahead = cosPitch + rise * sinPitch;
  const dx = side * cosYaw + ahead * sinYaw;
  const dz = ahead * cosYaw - side * sinYaw;
  const far = FURTHEST / Math.hypot(dx, dy, dz);
  let share = dy < 0 ? (GROUND - eye.y) / (dy * far) : Infinity;
  for (const solid of walls.all) {
    share = Math.min(share, enter(solid, eye.x, eye.y, eye.z, dx * far, dy * far, dz * far, contact));
  }
  return share <= 1 ? { x: eye.x + dx * far * share, z: eye.z + dz * far * share } : undefined;
}
