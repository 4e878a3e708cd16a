/** The place in a link, `#at=x,y,z,heading`: of a head in metres, and degrees from +z to +x. Pure. */

import type { Pose, Vec3 } from "../wire.gen.js";
import { floorUnder, headingOf } from "./arrival.js";
import { END, RADIUS, STEP } from "./collision.js";
import type { Walls } from "./walls.js";

const AT = /^#at=(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/;
/** Metres between the middles of two people. */
const APART = 0.6;
/** Metres from the place at which another is looked for, and in how many directions. */
const RINGS = [0, 0.8, 1.6];
const DIRECTIONS = 8;

/** The end of an address that leads to where somebody stands. */
export function linkTo({ position, rotation }: Pose): string {
  const degrees = Math.round((headingOf(rotation) * 180) / Math.PI);
  return `#at=${[...position.map((part) => Number(part.toFixed(2))), degrees].join(",")}`;
}

/** The place in the end of an address, if there is one inside the room. */
export function linkedPlace(hash: string): Pose | undefined {
  const [x = 0, y = 0, z = 0, degrees = 0] = AT.exec(hash)?.slice(1).map(Number) ?? [Infinity];
  if (!(Math.hypot(x, z) < END && y >= 0 && y < END)) return undefined;
  const half = (degrees * Math.PI) / 360;
  return { position: [x, y, z], rotation: [0, Math.sin(half), 0, Math.cos(half)] };
}

/** The place, or one near it, where nothing and nobody stands. */
export function freeNear(walls: Walls, { position, rotation }: Pose, others: readonly Vec3[]): Pose | undefined {
  const [x, y, z] = position;
  for (const ring of RINGS) {
    for (let direction = 0; direction < (ring === 0 ? 1 : DIRECTIONS); direction += 1) {
      const angle = (2 * Math.PI * direction) / DIRECTIONS;
      const place: Vec3 = [x + ring * Math.sin(angle), y, z + ring * Math.cos(angle)];
      if (isFree(walls, place, others)) return { position: place, rotation };
    }
  }
  return undefined;
}

function isFree(walls: Walls, [x, y, z]: Vec3, others: readonly Vec3[]): boolean {
  if (others.some(([u, v, w]) => Math.hypot(u - x, w - z) < APART && Math.abs(v - y) < 1)) return false;
  const floor = floorUnder(walls, [x, y, z]);
  const inTheWay = walls.near(x - RADIUS, floor + STEP, z - RADIUS, x + RADIUS, Math.max(y, floor + 1), z + RADIUS);
  return inTheWay.length === 0;
}
