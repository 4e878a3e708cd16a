/** The fingers of a hand: two bones each, laid anew in each frame. No object is made. */

import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { createLimb, type Limb } from "./copies.js";
import { PLAIN, shade } from "./shapes.js";

/** Metres of one bone from joint to joint, and its radius. */
const LENGTH = 0.04;
const RADIUS = 0.016;
/** Metres by which a bone goes on behind its joints. */
const OVERLAP = 0.007;
/** A bone is so much thinner at its end than where it begins. */
const THINNER = 0.86;
/** The joints of a bent finger turn so far (radians): at the knuckle, and behind it. */
const KNUCKLE = 1.45;
const BEHIND = 2;

/** Metres from the middle of the palm back to where the arm ends. */
export const WRIST = 0.075;

/** A finger of a right hand: metres from the middle of the palm to its knuckle, how it spreads (radians), and its length. */
const FINGERS = [
  { x: -0.034, z: 0.042, spread: -0.12, long: 1 },
  { x: -0.0115, z: 0.049, spread: -0.03, long: 1.12 },
  { x: 0.0115, z: 0.045, spread: 0.05, long: 1.04 },
  { x: 0.033, z: 0.034, spread: 0.15, long: 0.82 },
] as const;
/** The thumb of a right hand: its root, and where it points when it is spread and when it lies across the palm. */
const ROOT = new Vector3(-0.038, -0.006, -0.024);
const SPREAD = new Vector3(-0.72, -0.1, 0.68);
const ACROSS = new Vector3(0.7, -0.62, 0.5);
const THUMB = 1.2;
/** The outer bone of the thumb is so much further on its way across. */
const AHEAD = 0.25;

const FORWARD = Vector3.Forward();
const bones: readonly (Limb & { rotationQuaternion: Quaternion })[] = Array.from({ length: 2 + 2 * FINGERS.length }, createLimb);
const start = new Vector3();
const way = new Vector3();

/** The middle of a hand, around its own. */
export function palmShape(scene: Scene): Mesh {
  return prism("palm", 8, [[-0.06, 0.026, 0.02], [-0.01, 0.05, 0.028], [0.046, 0.046, 0.019]], scene);
}

/** One bone of a finger around its middle, along z. */
export function fingerShape(scene: Scene): Mesh {
  const end = LENGTH / 2 + OVERLAP;
  return prism("finger", 5, [[-end, RADIUS, RADIUS], [end, THINNER * RADIUS, THINNER * RADIUS]], scene);
}

/** A closed body along z, round by its light alone: at each `z` a ring so wide and so high from its middle. */
function prism(name: string, sides: number, rings: readonly (readonly [z: number, wide: number, high: number])[], scene: Scene): Mesh {
  const data = new VertexData();
  const indices: number[] = [];
  const around = Array.from({ length: sides }, (_, side) => [Math.sin((side / sides) * 2 * Math.PI), Math.cos((side / sides) * 2 * Math.PI)] as const);
  data.positions = rings.flatMap(([z, wide, high]) => around.flatMap(([x, y]) => [wide * x, high * y, z]));
  data.normals = rings.flatMap(() => around.flatMap(([x, y]) => [x, y, 0])); // so one bone goes over into the next
  const last = sides * (rings.length - 1);
  for (let corner = 0; corner < last; corner += 1) {
    const beside = corner % sides === sides - 1 ? corner + 1 - sides : corner + 1;
    indices.push(corner, corner + sides, beside, beside, corner + sides, beside + sides);
  }
  for (let side = 1; side < sides - 1; side += 1) indices.push(0, side, side + 1, last, last + side + 1, last + side);
  data.indices = indices;
  const mesh = new Mesh(name, scene);
  data.applyToMesh(mesh);
  return shade(mesh, PLAIN);
}

/** The bones of a hand with such fingers, thumb first, each bent 0 to 1; the same objects each time. */
export function layFingers(hand: Limb, side: "left" | "right", bends: Float32Array): readonly Limb[] {
  const mirror = side === "left" ? -1 : 1;
  start.copyFrom(ROOT);
  const across = bends[0] as number;
  for (let bone = 0; bone < 2; bone += 1) {
    Vector3.LerpToRef(SPREAD, ACROSS, Math.min(1, across + bone * AHEAD), way);
    lay(bone, hand, mirror, THUMB, bone);
  }
  for (let finger = 0; finger < FINGERS.length; finger += 1) {
    const { x, z, spread, long } = FINGERS[finger] as (typeof FINGERS)[number];
    const bend = bends[1 + finger] as number;
    const aside = spread * (1 - bend);
    start.set(x, 0, z);
    for (let bone = 0; bone < 2; bone += 1) {
      const turn = bend * (KNUCKLE + bone * BEHIND);
      way.set(Math.sin(aside) * Math.cos(turn), -Math.sin(turn), Math.cos(aside) * Math.cos(turn));
      lay(2 + 2 * finger + bone, hand, mirror, long, bone);
    }
  }
  return bones;
}

/** Lay a bone from `start` along `way`, in the frame of a right hand or mirrored; `start` is then its end. An outer one is thinner. */
function lay(index: number, { position, rotationQuaternion }: Limb, mirror: number, long: number, outer: number): void {
  const bone = bones[index] as (typeof bones)[number];
  const turn = rotationQuaternion as Quaternion;
  way.normalize().scaleInPlace((LENGTH * long) / 2);
  start.addInPlace(way);
  bone.position.set(mirror * start.x, start.y, start.z);
  bone.position.applyRotationQuaternionInPlace(turn).addInPlace(position);
  start.addInPlace(way);
  way.x *= mirror;
  Quaternion.FromUnitVectorsToRef(FORWARD, way.normalize(), bone.rotationQuaternion);
  turn.multiplyToRef(bone.rotationQuaternion, bone.rotationQuaternion);
  const thick = outer === 0 ? 1 : THINNER;
  bone.scaling.set(thick, thick, long);
}
