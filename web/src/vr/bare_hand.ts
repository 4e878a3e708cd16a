/** A bare hand by the joints that WebXR tracks: where its palm is, and how its fingers are bent. */

import { type Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Bends } from "../finger_records.js";
import type { Placement } from "../wire.gen.js";

/** The part of a joint that is read here; Babylon draws each as a mesh. */
export interface Joint {
  readonly position: Vector3;
  readonly absolutePosition: Vector3;
  readonly absoluteRotationQuaternion: Quaternion;
  computeWorldMatrix(force: boolean): unknown;
}

/** The joints of a hand by their names in WebXR. */
export type Joints = (name: string) => Joint;

const FINGERS = ["index-finger", "middle-finger", "ring-finger", "pinky-finger"] as const;
const PHALANGES = ["metacarpal", "phalanx-proximal", "phalanx-intermediate", "phalanx-distal", "tip"] as const;
/** Radians between the bones of a finger, added up: of a straight one, and of a fist. */
const STRAIGHT = 0.35;
const FIST = 3.6;
/** From the tip of the thumb to the little finger's knuckle, in widths of the palm: spread, and across the palm. */
const SPREAD = 2.1;
const ACROSS = 0.9;

const bone = new Vector3();
const next = new Vector3();

/** Whether the joints have been read at all: until the frame after a hand is first seen, all are at one place. */
export function areRead(joints: Joints): boolean {
  return !joints("middle-finger-metacarpal").position.equals(joints("middle-finger-phalanx-proximal").position);
}

/** How the fingers are bent: 0 straight, 255 as in a fist; the thumb by how far it is across the palm. */
export function bendsOf(joints: Joints): Bends {
  return [thumb(joints), ...FINGERS.map((finger) => bend(joints, finger))] as unknown as Bends;
}

function bend(joints: Joints, finger: string): number {
  const points = PHALANGES.map((phalanx) => joints(`${finger}-${phalanx}`).position);
  let sum = 0;
  points.forEach((point, index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (!before || !after) return;
    point.subtractToRef(before, bone);
    after.subtractToRef(point, next);
    sum += Math.acos(clamp(Vector3.Dot(bone, next) / (bone.length() * next.length() || 1), -1, 1));
  });
  return byte((sum - STRAIGHT) / (FIST - STRAIGHT));
}

function thumb(joints: Joints): number {
  const knuckle = joints("pinky-finger-phalanx-proximal").position;
  const palm = Vector3.Distance(knuckle, joints("index-finger-phalanx-proximal").position);
  const away = Vector3.Distance(knuckle, joints("thumb-tip").position) / (palm || 1);
  return byte((SPREAD - away) / (SPREAD - ACROSS));
}

/** The middle of the palm, with z along the fingers and y out of the back of the hand. */
export function palmOf(joints: Joints): Placement {
  const root = joints("middle-finger-metacarpal");
  const knuckle = joints("middle-finger-phalanx-proximal");
  root.computeWorldMatrix(true);
  knuckle.computeWorldMatrix(true);
  const { x, y, z } = Vector3.Center(root.absolutePosition, knuckle.absolutePosition);
  const turn = root.absoluteRotationQuaternion;
  return { position: [x, y, z], rotation: [turn.x, turn.y, turn.z, turn.w] };
}

function byte(share: number): number {
  return Math.round(255 * clamp(share, 0, 1));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
