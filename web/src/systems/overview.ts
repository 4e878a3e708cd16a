/**
 * A step back for an overview: the picture is drawn from behind and above ourselves, while we stand
 * and walk where we are. Fingers ask for it (systems/touch.ts).
 *
 * Only for the time of drawing is the camera elsewhere; before and after it is at our eyes, so that
 * nothing else knows of it.
 */

import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { System } from "../system.js";

/** The rise for each metre back, and how far the picture looks down then. */
const RISE = 0.45;
/** Metres from a wall behind us. */
const CLEAR = 0.3;
/** The way back is tried in so many parts. */
const PARTS = 12;

export const overview: System = ({ world: { scene, camera }, shared }) => {
  const { $step_back: $back, walls } = shared;
  const eyes = new Vector3();
  let tilt = 0;
  let away = false;
  scene.onBeforeRenderObservable.add(() => {
    if ($back.value === 0 || scene.activeCamera !== camera) return;
    eyes.copyFrom(camera.position);
    tilt = camera.rotation.x;
    const far = clearWay($back.value, (metres) => walls.seesThrough(eyes.asArray(), placeBehind(eyes, camera.rotation.y, metres + CLEAR)));
    camera.position.set(...placeBehind(eyes, camera.rotation.y, far));
    camera.rotation.x = Math.min(1, tilt + Math.atan(RISE) * Math.min(1, far / 2));
    away = true;
  });
  const comeBack = (): void => {
    if (!away) return;
    away = false;
    camera.position.copyFrom(eyes);
    camera.rotation.x = tilt;
    camera.getViewMatrix(true); // the place in the world is taken from there
  };
  // before all who read our pose
  scene.onAfterRenderObservable.add(comeBack, undefined, true);
};

/** The point so many metres back from the eyes, and above them. */
export function placeBehind({ x, y, z }: Vector3, yaw: number, metres: number): [number, number, number] {
  return [x - metres * Math.sin(yaw), y + RISE * metres, z - metres * Math.cos(yaw)];
}

/** As many of the metres as nothing stands in the way of. */
export function clearWay(metres: number, isClear: (metres: number) => boolean): number {
  for (let part = PARTS; part > 0; part -= 1) {
    const far = (metres * part) / PARTS;
    if (isClear(far)) return far;
  }
  return 0;
}
