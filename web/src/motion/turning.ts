/** Distances and directions: of points and of unit quaternions. */

import type { Quat, Vec3 } from "../wire.gen.js";

/** Turn from `a` to `b` at even speed along the shorter way; the result goes into `into`. */
export function slerp(a: Quat, b: Quat, share: number, into: [number, number, number, number]): void {
  const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  const angle = Math.acos(Math.min(1, Math.abs(dot)));
  const sine = Math.sin(angle);
  // nearly the same direction: the straight line is as good, and sine too small to divide by
  const p = sine < 1e-4 ? 1 - share : Math.sin((1 - share) * angle) / sine;
  const q = (sine < 1e-4 ? share : Math.sin(share * angle) / sine) * (dot < 0 ? -1 : 1);
  into[0] = p * a[0] + q * b[0];
  into[1] = p * a[1] + q * b[1];
  into[2] = p * a[2] + q * b[2];
  into[3] = p * a[3] + q * b[3];
}

/** Metres between two points. */
export function distance(a: Vec3, b: Vec3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Radians between two directions. */
export function angleBetween(a: Quat, b: Quat): number {
  // by the chord, since the arc cosine of the dot product loses what is below 0.1°
  const sign = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] < 0 ? -1 : 1;
  const chord = Math.hypot(
    a[0] - sign * b[0],
    a[1] - sign * b[1],
    a[2] - sign * b[2],
    a[3] - sign * b[3],
  );
  return 4 * Math.asin(Math.min(1, chord / 2));
}
