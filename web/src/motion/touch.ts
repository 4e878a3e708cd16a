/**
 * Where a body touches a solid, and how high it stands on one.
 *
 * No object is made here: results go into one that the caller keeps.
 */

import { enter } from "./rays.js";
import { type Contact, FLOOR, setContact, type Solid, toLocal } from "./solids.js";

/** Halvings in the search for the nearest point of a line: 30 m to a hundredth of a millimetre. */
const HALVINGS = 22;

/** How the upright line at `x`, `z` from `low` to `high` lies to a solid. */
export function touch(solid: Solid, x: number, z: number, low: number, high: number, contact: Contact): void {
  if (solid.kind === "box") touchBox(solid, x, z, low, high, contact);
  else if (solid.kind === "ball") touchBall(solid, x, z, low, high, contact);
  else touchCylinder(solid, x, z, low, high, contact);
}

function touchBall(solid: Solid, x: number, z: number, low: number, high: number, contact: Contact): void {
  const dx = x - solid.x;
  const dy = Math.max(low, Math.min(high, solid.y)) - solid.y;
  const dz = z - solid.z;
  const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const radius = solid.half[0] as number;
  if (length > 1e-9) setContact(contact, length - radius, dx / length, dy / length, dz / length);
  else setContact(contact, low - solid.y - radius, 0, 1, 0);
}

function touchCylinder(solid: Solid, x: number, z: number, low: number, high: number, contact: Contact): void {
  const dx = x - solid.x;
  const dz = z - solid.z;
  const away = Math.sqrt(dx * dx + dz * dz);
  const beside = away - (solid.half[0] as number);
  const above = low - (solid.bounds[4] as number);
  const below = (solid.bounds[1] as number) - high;
  const outX = away > 1e-9 ? dx / away : 1;
  const outZ = away > 1e-9 ? dz / away : 0;
  const over = above > 0 || below > 0;
  if (!over && beside <= 0) {
    if (above > beside) setContact(contact, above, 0, 1, 0);
    else setContact(contact, beside, outX, 0, outZ);
    return;
  }
  const flat = Math.max(0, beside);
  const tall = above > 0 ? above : below > 0 ? -below : 0;
  const distance = Math.sqrt(flat * flat + tall * tall);
  setContact(contact, distance, (outX * flat) / distance || outX, tall / distance || 0, (outZ * flat) / distance || outZ);
}

/** The line's lower end and its way up, as the box sees them. */
const start = new Float64Array(3);
const way = new Float64Array(3);
const miss = new Float64Array(3);

function touchBox(solid: Solid, x: number, z: number, low: number, high: number, contact: Contact): void {
  const { axes } = solid;
  toLocal(solid, x, low, z, start);
  for (let axis = 0; axis < 3; axis += 1) way[axis] = (axes[3 * axis + 1] as number) * (high - low);
  // the distance to a box is convex along a line: its slope is searched for the change of sign
  let share = slope(solid, 0) >= 0 ? 0 : 1;
  if (share === 1 && slope(solid, 1) > 0) {
    let from = 0;
    for (let step = 0; step < HALVINGS; step += 1) {
      const middle = (from + share) / 2;
      if (slope(solid, middle) < 0) from = middle;
      else share = middle;
    }
  }
  slope(solid, share);
  const distance = Math.sqrt(square(miss));
  if (distance < 1e-9) {
    leaveBox(solid, contact);
    return;
  }
  setContact(contact, distance, toWorld(axes, 0) / distance, toWorld(axes, 1) / distance, toWorld(axes, 2) / distance);
}

/** Leaves in `miss` what is between the box and a point of the line; returns how that changes along it. */
function slope({ half }: Solid, share: number): number {
  let change = 0;
  for (let axis = 0; axis < 3; axis += 1) {
    const place = (start[axis] as number) + share * (way[axis] as number);
    const edge = half[axis] as number;
    const off = place - Math.max(-edge, Math.min(edge, place));
    miss[axis] = off;
    change += off * (way[axis] as number);
  }
  return change;
}

function square(local: Float64Array): number {
  return (local[0] as number) ** 2 + (local[1] as number) ** 2 + (local[2] as number) ** 2;
}

/** One part of `miss`, as the room sees it. */
function toWorld(axes: Float64Array, part: number): number {
  return (
    (axes[part] as number) * (miss[0] as number) +
    (axes[3 + part] as number) * (miss[1] as number) +
    (axes[6 + part] as number) * (miss[2] as number)
  );
}

/** The line is inside: the shortest way out that does not lead downwards. */
function leaveBox({ axes, half }: Solid, contact: Contact): void {
  let shortest = Infinity;
  for (let axis = 0; axis < 3; axis += 1) {
    const one = start[axis] as number;
    const other = one + (way[axis] as number);
    for (let side = -1; side < 2; side += 2) {
      const length = (half[axis] as number) - Math.min(side * one, side * other);
      const up = side * (axes[3 * axis + 1] as number);
      if (up < -0.5 || length >= shortest) continue;
      shortest = length;
      setContact(contact, -length, side * (axes[3 * axis] as number), up, side * (axes[3 * axis + 2] as number));
    }
  }
}

/**
 * How high the feet of somebody of this radius are when they stand on the solid at `x`, `z`;
 * -Infinity where it does not carry.
 */
export function standingHeight(solid: Solid, x: number, z: number, radius: number): number {
  const { half, bounds } = solid;
  if (solid.kind === "ball") {
    const flat = (x - solid.x) ** 2 + (z - solid.z) ** 2;
    const reach = (half[0] as number) + radius;
    const rise = Math.sqrt(Math.max(0, reach * reach - flat));
    return rise >= FLOOR * reach ? solid.y + rise - radius : -Infinity;
  }
  if (solid.kind === "cylinder") {
    const reach = (half[0] as number) + radius;
    return (x - solid.x) ** 2 + (z - solid.z) ** 2 < reach * reach ? (bounds[4] as number) : -Infinity;
  }
  if (solid.level) {
    toLocal(solid, x, solid.y, z, start);
    const dx = Math.max(0, Math.abs(start[0] as number) - (half[0] as number));
    const dz = Math.max(0, Math.abs(start[2] as number) - (half[2] as number));
    return dx * dx + dz * dz < radius * radius ? (bounds[4] as number) : -Infinity;
  }
  return slopingHeight(solid, x, z, radius);
}

/** On a slope a round foot touches beside its middle: it stands the higher the steeper. */
function slopingHeight(solid: Solid, x: number, z: number, radius: number): number {
  const top = (solid.bounds[4] as number) + 1;
  const bottom = (solid.bounds[1] as number) - 1;
  const share = enter(solid, x, top, z, 0, bottom - top, 0, hit);
  if (share > 1 || hit.y < FLOOR) return -Infinity;
  return top + share * (bottom - top) + radius * (1 / hit.y - 1);
}

const hit: Contact = { distance: 0, x: 0, y: 0, z: 0 };
