/**
 * Light and shade that lie on the ground, as pixels of one picture: pure.
 *
 * A thing's shadow is sharp at its foot and soft far from it; where it stands it is a little darker
 * all around; a lamp has a pool of light. Only the pixels near a thing are looked at.
 */

import type { Vec3 } from "../wire.gen.js";

/** A point on the ground in metres: x, z. */
export type Spot = readonly [number, number];

/** A thing seen from above: its foot on the ground, and its shadow. Convex, in one sense of rotation. */
export interface Shade {
  readonly foot: readonly Spot[];
  readonly shadow: readonly Spot[];
  /** RGB of its light, if it shines. */
  readonly glow?: Vec3;
}

/** Metres from `-SPAN` to `SPAN` on both axes. */
export const SPAN = 36;
/** How far the darkness at the foot of things and a lamp's light reach, in metres. */
const CONTACT = 0.9;
const POOL = 5;
/** Metres of a shadow's soft edge: at the foot, and more for each metre away from it. */
const EDGE = 0.05;
const EDGE_GROWS = 0.075;

/** Shade of a convex body with these corners, under light that goes `towards`. */
export function shadeOf(corners: readonly Vec3[], towards: Vec3): Omit<Shade, "glow"> {
  const down = corners.map(([x, y, z]): Spot => {
    const fall = Math.max(0, y) / -towards[1];
    return [x + fall * towards[0], z + fall * towards[2]];
  });
  const low = Math.min(...corners.map(([, y]) => y));
  const foot = corners.filter(([, y]) => y < low + 0.2).map(([x, , z]): Spot => [x, z]);
  return { foot: hull(low < 0.3 ? foot : []), shadow: hull(down) };
}

/** RGBA of `size` × `size` pixels; the first row is the smallest z. */
export function shadePixels(shades: readonly Shade[], size: number, darkness: number): Uint8Array {
  const sun = new Float32Array(size * size);
  const contact = new Float32Array(size * size);
  for (const { foot, shadow } of shades) {
    const [footSides, shadowSides] = [sidesOf(foot), sidesOf(shadow)];
    paint(size, shadow, 1.5, (index, x, z) => {
      const edge = EDGE + EDGE_GROWS * Math.max(0, outside(footSides, x, z));
      const cover = ramp(edge, -edge, outside(shadowSides, x, z));
      if (cover > (sun[index] as number)) sun[index] = cover;
    });
    paint(size, foot, CONTACT, (index, x, z) => {
      const near = 1 - Math.max(0, outside(footSides, x, z)) / CONTACT;
      if (near > 0) contact[index] = Math.max(contact[index] as number, near * near * near);
    });
  }
  const pixels = new Uint8Array(size * size * 4);
  for (let index = 0; index < size * size; index += 1) {
    const light = (1 - darkness * (sun[index] as number)) * (1 - 0.42 * (contact[index] as number));
    pixels[index * 4 + 3] = 255 * (1 - light);
  }
  for (const { foot, glow } of shades) if (glow) addPool(pixels, size, foot, glow);
  return pixels;
}

function addPool(pixels: Uint8Array, size: number, foot: readonly Spot[], glow: Vec3): void {
  const sides = sidesOf(foot);
  paint(size, foot, POOL, (index, x, z) => {
    const near = 1 - Math.max(0, outside(sides, x, z)) / POOL;
    if (near <= 0) return;
    const light = 0.55 * near * near;
    const shade = (pixels[index * 4 + 3] as number) / 255;
    const alpha = light + shade * (1 - light);
    for (let part = 0; part < 3; part += 1) {
      const before = (pixels[index * 4 + part] as number) / 255;
      const color = ((glow[part] as number) * light + before * shade * (1 - light)) / alpha;
      pixels[index * 4 + part] = 255 * color;
    }
    pixels[index * 4 + 3] = 255 * alpha;
  });
}

/** Visit the pixels within `margin` metres of the bounds of a shape. */
function paint(
  size: number, shape: readonly Spot[], margin: number, visit: (index: number, x: number, z: number) => void,
): void {
  if (shape.length < 3) return;
  const metre = size / (2 * SPAN);
  const pixel = (metres: number): number => Math.min(size - 1, Math.max(0, Math.round((metres + SPAN) * metre - 0.5)));
  const [xs, zs] = [shape.map(([x]) => x), shape.map(([, z]) => z)];
  const [left, right] = [pixel(Math.min(...xs) - margin), pixel(Math.max(...xs) + margin)];
  const [near, far] = [pixel(Math.min(...zs) - margin), pixel(Math.max(...zs) + margin)];
  for (let row = near; row <= far; row += 1) {
    const z = (row + 0.5) / metre - SPAN;
    for (let column = left; column <= right; column += 1) {
      visit(row * size + column, (column + 0.5) / metre - SPAN, z);
    }
  }
}

/** A side of a convex shape: where it begins, its direction (of length 1), and its length in metres. */
interface Side {
  readonly x: number;
  readonly z: number;
  readonly towardsX: number;
  readonly towardsZ: number;
  readonly length: number;
}

/** No sides where there is no shape. */
function sidesOf(shape: readonly Spot[]): Side[] {
  if (shape.length < 3) return [];
  return shape.map(([x, z], index) => {
    const [endX, endZ] = shape[(index + 1) % shape.length] as Spot;
    const length = Math.hypot(endX - x, endZ - z);
    return { x, z, towardsX: (endX - x) / length, towardsZ: (endZ - z) / length, length };
  });
}

/** Metres from a convex shape to a point; below 0 inside of it. Infinity where there is no shape. */
function outside(sides: readonly Side[], x: number, z: number): number {
  // it runs for a million pixels before a guest sees the room: no call and no array within
  let inside = -Infinity;
  let nearest = Infinity;
  for (const side of sides) {
    const fromX = x - side.x;
    const fromZ = z - side.z;
    const off = fromX * side.towardsZ - fromZ * side.towardsX;
    if (off > inside) inside = off;
    const along = fromX * side.towardsX + fromZ * side.towardsZ;
    const past = along < 0 ? along : along > side.length ? along - side.length : 0;
    const squared = off * off + past * past;
    if (squared < nearest) nearest = squared;
  }
  return inside <= 0 && sides.length > 0 ? inside : Math.sqrt(nearest);
}

/** The convex hull, counterclockwise with x to the right and z up (Andrew's monotone chain). */
export function hull(spots: readonly Spot[]): Spot[] {
  const sorted = spots.toSorted(([ax, az], [bx, bz]) => ax - bx || az - bz);
  const half = (points: readonly Spot[]): Spot[] => {
    const chain: Spot[] = [];
    for (const point of points) {
      while (chain.length > 1 && turn(chain.at(-2) as Spot, chain.at(-1) as Spot, point) <= 1e-9) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

function turn([ax, az]: Spot, [bx, bz]: Spot, [cx, cz]: Spot): number {
  return (bx - ax) * (cz - az) - (bz - az) * (cx - ax);
}

function ramp(from: number, to: number, value: number): number {
  const share = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return share * share * (3 - 2 * share);
}
