/** The place, height and field of view of somebody who arrives. Pure. */

import type { Entities, Pose, Quat, Vec3 } from "../wire.gen.js";
import { RADIUS } from "./collision.js";
import { GROUND, type Walls } from "./walls.js";

/** Metres from what one stands on to the eyes, without a headset. */
export const EYE_HEIGHT = 1.7;
/** Somebody's head is at least so far above their floor, be they seated or small (metres). */
const LOWEST_HEAD = 0.4;
/** Metres from the spawn point to who goes back to it: away from what they look at. */
const BACK = 2;
/** No picture shows less than this from left to right, nor more than this from top to bottom. */
const LEAST_ACROSS = Math.PI / 3;
const MOST_VERTICAL = 2.2;

/** The floor that a head is above: the ground, or the top of a thing. */
export function floorUnder(walls: Walls, [x, y, z]: Vec3): number {
  return walls.floorBelow(x, z, Math.max(GROUND, y - LOWEST_HEAD), RADIUS);
}

/** Which way somebody faces seen from above, in radians from +z to +x; also when they look up. */
export function headingOf([x, y, z, w]: Quat): number {
  const right = 2 * (x * z + w * y);
  const ahead = 1 - 2 * (x * x + y * y);
  if (right * right + ahead * ahead > 1e-4) return Math.atan2(right, ahead);
  const down = 2 * (y * z - w * x) < 0 ? 1 : -1; // straight down: ahead is where the crown points
  return Math.atan2(down * 2 * (x * y - w * z), down * 2 * (y * z + w * x));
}

/** Vertical field of view for a picture that is `aspect` times as wide as high; `chosen` if that is wide enough. Radians. */
export function verticalFov(aspect: number, chosen: number): number {
  const narrow = 2 * Math.atan(Math.tan(LEAST_ACROSS / 2) / aspect);
  return Math.min(MOST_VERTICAL, Math.max(chosen, narrow));
}

/** A place on the ground and a heading. */
export interface Stand {
  readonly x: number;
  readonly z: number;
  readonly heading: number;
}

/** The entity at which people appear; empty where there is none. */
export function spawnEntity(entities: Entities): Entities[string] {
  return Object.values(entities).find((components) => components["spawn_point"]) ?? {};
}

/** The point at which people appear, in metres; the origin where no entity says it. */
export function spawnPoint(entities: Entities): Vec3 {
  return (spawnEntity(entities)["position"] ?? [0, 0, 0]) as Vec3;
}

/** The way back to the start: at the spawn point, looking at the nearest person in sight, else at the things. */
export function startOf(entities: Entities, walls: Walls, others: Iterable<Pose>): Stand {
  const [x, y, z] = spawnPoint(entities);
  const eyes: Vec3 = [x, y + EYE_HEIGHT, z];
  const [towardsX, towardsZ] = target(eyes, walls, others);
  const heading = Math.atan2(towardsX - x, towardsZ - z);
  return { x: x - BACK * Math.sin(heading), z: z - BACK * Math.cos(heading), heading };
}

function target(eyes: Vec3, walls: Walls, others: Iterable<Pose>): readonly [number, number] {
  const away = ([x, , z]: Vec3): number => Math.hypot(x - eyes[0], z - eyes[2]);
  const [nearest] = Array.from(others, ({ position }) => position)
    .filter((position) => away(position) > RADIUS && walls.seesThrough(eyes, position))
    .toSorted((one, other) => away(one) - away(other));
  if (nearest) return [nearest[0], nearest[2]];
  const count = walls.all.length || 1;
  const middle = (part: "x" | "z"): number =>
    walls.all.reduce((sum, solid) => sum + solid[part], 0) / count;
  return [middle("x"), middle("z")];
}
