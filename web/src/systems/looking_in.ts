/**
 * Before the visitor enters, the room is seen as the server tells it to somebody who only looks:
 * from a slow walk around the spawn point, with those who are inside. Nobody inside notices.
 */

import { distinctUntilChanged, exhaustMap, filter, from, map, takeUntil, timer } from "rxjs";
import { spawnPoint } from "../motion/arrival.js";
import { Walls } from "../motion/walls.js";
import type { Page } from "../page.js";
import type { RoomLook } from "../shared.js";
import type { Context, System } from "../system.js";
import type { Entities, Vec3 } from "../wire.gen.js";
import { ownPath } from "../base.js";

/** Milliseconds between two looks. */
const EVERY = 5000;
/** Milliseconds until an answer is given up. */
const DEADLINE = 5000;
/** Metres from the spawn point, the widest free circle of these, and above the ground. */
const CIRCLES = [6.2, 5, 3.6];
const HEIGHT = 2.6;
/** Radians downwards, and around in a second. */
const PITCH = 0.16;
const TURN = 0.035;
/** Directions in which a circle is tried for being free, and metres that are kept from things. */
const PROBES = 32;
const MARGIN = 0.4;

export const lookingIn: System = (context) => {
  const { page, shared, wire } = context;
  const $entering = wire.$connection.pipe(filter(({ state }) => state !== "outside"));
  timer(0, EVERY)
    .pipe(
      filter(() => !document.hidden),
      exhaustMap(() => from(look(page))),
      filter((seen) => seen !== undefined),
      takeUntil($entering),
    )
    .subscribe((seen) => shared.$look.next(seen));
  walkAround(context);
};

async function look({ roomId }: Page): Promise<RoomLook | undefined> {
  try {
    const answer = await fetch(ownPath(`/api/rooms/${encodeURIComponent(roomId)}/look`), {
      signal: AbortSignal.timeout(DEADLINE),
    });
    return answer.ok ? ((await answer.json()) as RoomLook) : undefined;
  } catch {
    return undefined; // the server is away: the empty ground stays
  }
}

/** Move the camera until somebody enters; it stands still for those who want less motion. */
function walkAround({ world: { scene, camera }, shared, wire }: Context): void {
  let middle: Vec3 = [0, 0, 0];
  let radius = CIRCLES[0] as number;
  let angle = 0.6;
  shared.$look
    .pipe(
      map(({ snapshot }) => snapshot),
      distinctUntilChanged((one, other) => JSON.stringify(one) === JSON.stringify(other)),
    )
    .subscribe((entities) => {
      middle = spawnPoint(entities);
      radius = freeCircle(entities, middle);
    });
  scene.onBeforeRenderObservable.add(() => {
    if (wire.$connection.value.state !== "outside") return;
    if (!shared.preferences.lessMotion.value) angle += (TURN * Math.min(100, scene.getEngine().getDeltaTime())) / 1000;
    const [x, , z] = middle;
    camera.position.set(x - radius * Math.sin(angle), HEIGHT, z - radius * Math.cos(angle));
    camera.rotation.set(PITCH, angle, 0);
  });
}

/** The radius of the widest circle around a point on which no thing stands before the eyes. */
export function freeCircle(entities: Entities, [x, , z]: Vec3): number {
  const walls = new Walls(entities);
  const isFree = (radius: number): boolean =>
    Array.from({ length: PROBES }, (_, probe) => (probe / PROBES) * 2 * Math.PI).every((angle) => {
      const [u, v] = [x - radius * Math.sin(angle), z - radius * Math.cos(angle)];
      return walls.near(u - MARGIN, HEIGHT - MARGIN, v - MARGIN, u + MARGIN, HEIGHT + MARGIN, v + MARGIN).length === 0;
    });
  return CIRCLES.find(isFree) ?? (CIRCLES.at(-1) as number);
}
