/** The shapes of the four kinds of figure, made by code: a part is one mesh that all figures share. */

import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateCapsule } from "@babylonjs/core/Meshes/Builders/capsuleBuilder.js";
import { CreateCylinder } from "@babylonjs/core/Meshes/Builders/cylinderBuilder.js";
import { CreateLathe } from "@babylonjs/core/Meshes/Builders/latheBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import { CreateTube } from "@babylonjs/core/Meshes/Builders/tubeBuilder.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { Paint } from "../scenery/paint.js";
import type { Vec3 } from "../wire.gen.js";

export const KINDS = ["round", "robot", "fox", "ghost"] as const;
export type Kind = (typeof KINDS)[number];

/** Metres of one half of an arm. */
export const BONE = 0.29;
/** Shades of the figure's colour: of skin, shoes, and all that is drawn into the face. */
export const PLAIN: Vec3 = [1, 1, 1];
const SOFT: Vec3 = [0.88, 0.88, 0.88];
const SHOES: Vec3 = [0.42, 0.4, 0.45];
const DARK: Vec3 = [0.12, 0.1, 0.14];
const ROSY: Vec3 = [1, 0.74, 0.72];
/** The head: metres from its middle to its sides, crown and face; and its middle from the eyes. */
const SKULL = { x: 0.27, y: 0.25, z: 0.25 };
const SKULL_AT: Vec3 = [0, 0.03, -0.12];
const EYE_ASIDE = 0.092;

/** Radius in metres at shares of the height from the ground to the neck: a bean above its feet. */
const OUTLINES: Readonly<Record<Kind, readonly (readonly [number, number])[]>> = {
  round: [[0, 0.045], [0.168, 0.055], [0.252, 0.1], [0.293, 0.19], [0.305, 0.32], [0.286, 0.48], [0.249, 0.64], [0.213, 0.78], [0.168, 0.89], [0.101, 0.97], [0, 1]],
  fox: [[0, 0.045], [0.146, 0.055], [0.218, 0.1], [0.253, 0.2], [0.255, 0.33], [0.231, 0.5], [0.207, 0.66], [0.19, 0.8], [0.155, 0.9], [0.095, 0.97], [0, 1]],
  robot: [[0, 0.045], [0.25, 0.05], [0.285, 0.085], [0.29, 0.3], [0.28, 0.6], [0.26, 0.83], [0.22, 0.92], [0.12, 0.97], [0, 1]],
  ghost: [[0, 0.17], [0.22, 0.13], [0.34, 0.1], [0.345, 0.14], [0.3, 0.26], [0.255, 0.42], [0.22, 0.58], [0.197, 0.74], [0.159, 0.88], [0.095, 0.97], [0, 1]],
};

/** From the ground at y = 0 to the neck at y = 1, with two feet; a ghost has none. */
export function bodyShape(kind: Kind, scene: Scene): Mesh {
  const shape = OUTLINES[kind].map(([radius, height]) => new Vector3(radius, height, 0));
  const trunk = shade(CreateLathe("trunk", { shape, tessellation: 20, closed: true }, scene), PLAIN);
  darkenFoot(trunk);
  const feet = (kind === "ghost" ? [] : [-0.1, 0.1]).map((side) =>
    shade(ball({ diameterX: 0.16, diameterY: 0.075, diameterZ: 0.25, segments: 3 }, [side, 0.03, 0.05], scene), SHOES),
  );
  return merge(`body of ${kind}`, [trunk, ...feet]);
}

/** The head around the point between the eyes, looking along z. */
export function headShape(kind: Kind, scene: Scene): Mesh {
  const { x, y, z } = SKULL;
  const wide = kind === "robot" ? 1.06 : 1;
  const skull = ball({ diameterX: 2 * x * wide, diameterY: 2 * y, diameterZ: 2 * z, segments: 9 }, SKULL_AT, scene);
  const cheeks = [-1, 1].map((side) => {
    const cheek = ball({ diameterX: 0.075, diameterY: 0.045, diameterZ: 0.012, segments: 2 }, onFace(side * 0.155, -0.062), scene);
    cheek.rotation.y = side * 0.65; // along the face
    return shade(cheek, ROSY);
  });
  return merge(`head of ${kind}`, [shade(skull, PLAIN), ...cheeks, smile(scene), ...ADORNMENTS[kind](scene)]);
}

function smile(scene: Scene): Mesh {
  const path = [-1, -0.6, -0.2, 0.2, 0.6, 1].map((share) =>
    Vector3.FromArray(onFace(0.05 * share, -0.09 + 0.022 * share * share)),
  );
  return shade(CreateTube("smile", { path, radius: 0.007, tessellation: 5, cap: Mesh.CAP_ALL }, scene), DARK);
}

/** The point of the face that is so far right of and above the point between the eyes. */
function onFace(right: number, above: number): Vec3 {
  const [, high, back] = SKULL_AT;
  const depth = 1 - (right / SKULL.x) ** 2 - ((above - high) / SKULL.y) ** 2;
  return [right, above, back + SKULL.z * Math.sqrt(Math.max(0, depth))];
}

/** Something on the head by which kinds are told apart. */
const ADORNMENTS: Readonly<Record<Kind, (scene: Scene) => Mesh[]>> = {
  round: (scene) => [shade(ball({ diameterX: 0.1, diameterY: 0.07, diameterZ: 0.1, segments: 3 }, [0, 0.285, -0.12], scene), SOFT)],
  fox: (scene) =>
    [-1, 1].map((side) => {
      const ear = CreateCylinder("ear", { height: 0.16, diameterTop: 0.02, diameterBottom: 0.15, tessellation: 12 }, scene);
      ear.position.set(side * 0.16, 0.275, -0.12);
      ear.rotation.z = -side * 0.42;
      return shade(ear, SOFT);
    }),
  robot: (scene) => {
    const antenna = CreateCylinder("antenna", { height: 0.1, diameter: 0.02, tessellation: 6 }, scene);
    antenna.position.set(0, 0.31, -0.12); // all of it below the name, systems/labels.ts
    const bolts = [-1, 1].map((side) => {
      const bolt = CreateCylinder("bolt", { height: 0.06, diameter: 0.14, tessellation: 12 }, scene);
      bolt.position.set(side * 0.275, 0.03, -0.12);
      bolt.rotation.z = Math.PI / 2;
      return shade(bolt, SHOES);
    });
    return [shade(antenna, SHOES), shade(ball({ diameter: 0.07, segments: 3 }, [0, 0.37, -0.12], scene), SOFT), ...bolts];
  },
  ghost: (scene) => [shade(ball({ diameterX: 0.07, diameterY: 0.13, diameterZ: 0.07, segments: 3 }, [0, 0.3, -0.14], scene), PLAIN)],
};

/** Both eyes around the point between them, so that a blink is a change of height. */
export function eyesShape(scene: Scene): Mesh {
  const parts = [-1, 1].flatMap((side) => {
    const [x, y, z] = onFace(side * EYE_ASIDE, 0);
    return [
      shade(ball({ diameterX: 0.066, diameterY: 0.098, diameterZ: 0.034, segments: 3 }, [x, y, z - 0.003], scene), DARK),
      shade(ball({ diameter: 0.02, segments: 1 }, [x + 0.011, y + 0.02, z + 0.011], scene), PLAIN),
    ];
  });
  return merge("eyes", parts);
}

/** One half of an arm, along y. */
export function boneShape(scene: Scene): Mesh {
  const options = { height: BONE + 0.1, radius: 0.05, tessellation: 8, capSubdivisions: 2, subdivisions: 1 };
  return shade(CreateCapsule("bone", options, scene), SOFT);
}

/** A mitten whose fingers point along z. */
export function handShape(side: "left" | "right", scene: Scene): Mesh {
  const thumb = side === "left" ? 0.046 : -0.046;
  return merge(`${side} hand`, [
    shade(ball({ diameterX: 0.11, diameterY: 0.085, diameterZ: 0.15, segments: 3 }, [0, 0, 0], scene), PLAIN),
    shade(ball({ diameterX: 0.045, diameterY: 0.045, diameterZ: 0.085, segments: 2 }, [thumb, 0.012, 0.018], scene), PLAIN),
  ]);
}

/** The soft shadow below a figure, flat on the ground. */
export function blobShape(scene: Scene): Mesh {
  const paint = new Paint();
  const color: Vec3 = [0, 0, 0];
  const rim = Array.from({ length: 24 }, (_, side) => {
    const angle = (side / 24) * 2 * Math.PI;
    return { at: [0.48 * Math.sin(angle), 0, 0.48 * Math.cos(angle)] as const, color, alpha: 0 };
  });
  paint.fan({ at: [0, 0, 0], color, alpha: 0.62 }, rim);
  return paint.mesh("blob", scene);
}

function ball(options: object, [x, y, z]: Vec3, scene: Scene): Mesh {
  const mesh = CreateSphere("ball", options, scene);
  mesh.position.set(x, y, z);
  return mesh;
}

/** Colour a part by a shade of the figure's own colour. */
export function shade(mesh: Mesh, [red, green, blue]: Vec3): Mesh {
  const colors = new Float32Array(4 * mesh.getTotalVertices());
  for (let index = 0; index < colors.length; index += 4) colors.set([red, green, blue, 1], index);
  mesh.setVerticesData(VertexBuffer.ColorKind, colors);
  return mesh;
}

/** Less light comes to the lower part of a body. */
function darkenFoot(trunk: Mesh): void {
  const positions = trunk.getVerticesData(VertexBuffer.PositionKind) ?? [];
  const colors = Float32Array.from({ length: (positions.length / 3) * 4 }, (_, index) => {
    const height = positions[Math.floor(index / 4) * 3 + 1] ?? 0;
    return index % 4 === 3 ? 1 : 0.74 + 0.26 * Math.min(1, height * 2.2);
  });
  trunk.setVerticesData(VertexBuffer.ColorKind, colors);
}

function merge(name: string, parts: Mesh[]): Mesh {
  const whole = Mesh.MergeMeshes(parts, true, true);
  if (!whole) throw new Error(`the parts of ${name} do not fit together`);
  whole.name = name;
  return whole;
}
