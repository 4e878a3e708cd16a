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
    paint(size, shadow, 1.5, (index, x, z) => {
      const edge = EDGE + EDGE_GROWS * Math.max(0, outside(foot, x, z));
      const cover = ramp(edge, -edge, outside(shadow, x, z));
      if (cover > (sun[index] as number)) sun[index] = cover;
    });
    paint(size, foot, CONTACT, (index, x, z) => {
      const near = 1 - Math.max(0, outside(foot, x, z)) / CONTACT;
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
  paint(size, foot, POOL, (index, x, z) => {
    const near = 1 - Math.max(0, outside(foot, x, z)) / POOL;
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

/** Metres from a convex shape to a point; below 0 inside of it. Infinity where there is no shape. */
function outside(shape: readonly Spot[], x: number, z: number): number {
  if (shape.length < 3) return Infinity;
  let inside = -Infinity;
  let nearest = Infinity;
  for (let index = 0; index < shape.length; index += 1) {
    const [ax, az] = shape[index] as Spot;
    const [bx, bz] = shape[(index + 1) % shape.length] as Spot;
    const [ex, ez] = [bx - ax, bz - az];
    const length = Math.hypot(ex, ez);
    inside = Math.max(inside, ((x - ax) * ez - (z - az) * ex) / length);
    const along = Math.min(1, Math.max(0, ((x - ax) * ex + (z - az) * ez) / (length * length)));
    nearest = Math.min(nearest, Math.hypot(x - ax - along * ex, z - az - along * ez));
  }
  return inside <= 0 ? inside : nearest;
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
