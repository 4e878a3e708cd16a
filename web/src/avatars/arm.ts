/** An arm of two bones from a shoulder to a hand: where the elbow is. No object is made. */

import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Limb } from "./copies.js";
import { BONE } from "./shapes.js";

const way = new Vector3();
const elbow = new Vector3();
const UP = Vector3.Up();

/**
 * Bend an arm. The elbow goes to the side of `pole`, a direction; a hand further away than an arm is
 * long makes the arm straight and longer.
 */
export function bend(
  upper: Limb, lower: Limb, shoulder: Vector3, hand: Vector3, pole: Vector3,
): void {
  hand.subtractToRef(shoulder, way);
  const distance = way.length();
  const bent = Math.max(0, BONE * BONE - (distance * distance) / 4);
  way.scaleInPlace(1 / Math.max(distance, 1e-6));
  const along = Vector3.Dot(pole, way);
  elbow.set(pole.x - along * way.x, pole.y - along * way.y, pole.z - along * way.z); // square to the arm
  elbow.normalize().scaleInPlace(Math.sqrt(bent));
  elbow.addInPlaceFromFloats((shoulder.x + hand.x) / 2, (shoulder.y + hand.y) / 2, (shoulder.z + hand.z) / 2);
  lay(upper, shoulder, elbow);
  lay(lower, elbow, hand);
}

/** Lay a bone between two points. */
function lay(bone: Limb, from: Vector3, to: Vector3): void {
  to.subtractToRef(from, way);
  const length = Math.max(way.length(), 1e-6);
  way.scaleInPlace(1 / length);
  bone.rotationQuaternion ??= new Quaternion();
  Quaternion.FromUnitVectorsToRef(UP, way, bone.rotationQuaternion);
  bone.position.set((from.x + to.x) / 2, (from.y + to.y) / 2, (from.z + to.z) / 2);
  bone.scaling.y = Math.max(1, length / BONE);
}
