/** The meeting of a straight line and a solid, from outside: for sight, and for the arc of a teleport. */

import { type Contact, setContact, type Solid, toLocal } from "./solids.js";

const start = new Float64Array(3);
const end = new Float64Array(3);
/** The shares of the line between which it is inside of all pairs of planes so far. */
let first = 0;
let last = 0;

/**
 * At which share of the way from a point along `dx`, `dy`, `dz` the solid begins: Infinity if it
 * is not met from outside. The contact gets the normal there.
 */
export function enter(
  solid: Solid, x: number, y: number, z: number, dx: number, dy: number, dz: number, contact: Contact,
): number {
  if (solid.kind === "ball") return enterBall(solid, x, y, z, dx, dy, dz, contact);
  toLocal(solid, x, y, z, start);
  toLocal(solid, x + dx, y + dy, z + dz, end);
  first = -Infinity;
  last = Infinity;
  const round = solid.kind === "cylinder";
  if (round && !passRound(solid, x - solid.x, z - solid.z, dx, dz, contact)) return Infinity;
  for (let axis = round ? 1 : 0; axis < (round ? 2 : 3); axis += 1) {
    if (!passPlanes(solid, axis, contact)) return Infinity;
  }
  return first >= 0 && first <= last && first <= 1 ? first : Infinity;
}

/** Two opposite sides of a box: false when the line passes beside them. */
function passPlanes({ axes, half }: Solid, axis: number, contact: Contact): boolean {
  const from = start[axis] as number;
  const length = (end[axis] as number) - from;
  const edge = half[axis] as number;
  if (Math.abs(length) < 1e-12) return Math.abs(from) <= edge;
  const side = length > 0 ? -1 : 1;
  const near = (side * edge - from) / length;
  last = Math.min(last, (-side * edge - from) / length);
  if (near <= first) return true;
  first = near;
  const part = 3 * axis;
  setContact(
    contact, 0, side * (axes[part] as number), side * (axes[part + 1] as number), side * (axes[part + 2] as number),
  );
  return true;
}

/** The round side of a cylinder: false when the line passes beside it. */
function passRound(
  { half }: Solid, px: number, pz: number, dx: number, dz: number, contact: Contact,
): boolean {
  const radius = half[0] as number;
  const a = dx * dx + dz * dz;
  const b = px * dx + pz * dz;
  const c = px * px + pz * pz - radius * radius;
  if (a < 1e-12) return c <= 0;
  const root = b * b - a * c;
  if (root < 0) return false;
  first = (-b - Math.sqrt(root)) / a;
  last = (-b + Math.sqrt(root)) / a;
  setContact(contact, 0, (px + first * dx) / radius, 0, (pz + first * dz) / radius);
  return true;
}

function enterBall(
  solid: Solid, x: number, y: number, z: number, dx: number, dy: number, dz: number, contact: Contact,
): number {
  const radius = solid.half[0] as number;
  const px = x - solid.x;
  const py = y - solid.y;
  const pz = z - solid.z;
  const a = dx * dx + dy * dy + dz * dz;
  const b = px * dx + py * dy + pz * dz;
  const root = b * b - a * (px * px + py * py + pz * pz - radius * radius);
  if (root < 0 || a < 1e-12) return Infinity;
  const share = (-b - Math.sqrt(root)) / a;
  if (share < 0 || share > 1) return Infinity;
  setContact(contact, 0, (px + share * dx) / radius, (py + share * dy) / radius, (pz + share * dz) / radius);
  return share;
}
