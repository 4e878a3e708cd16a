/** The shapes of the four kinds of figure, made by code: a part is one mesh that all figures share. */

import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateCapsule } from "@babylonjs/core/Meshes/Builders/capsuleBuilder.js";
import { CreateCylinder } from "@babylonjs/core/Meshes/Builders/cylinderBuilder.js";
import { CreateLathe } from "@babylonjs/core/Meshes/Builders/latheBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";

export const KINDS = ["pebble", "cat", "bear", "sprout"] as const;
export type Kind = (typeof KINDS)[number];

/** Metres of one half of an arm. */
export const BONE = 0.29;
/** Shades of the figure's colour. */
const PLAIN = 1;
const DARK = 0.16;
const SOFT = 0.82;

/** Radius in metres at shares of the height from the ground to the neck. */
const OUTLINES: Readonly<Record<Kind, readonly (readonly [number, number])[]>> = {
  pebble: [[0, 0], [0.17, 0], [0.215, 0.05], [0.225, 0.18], [0.205, 0.45], [0.165, 0.72], [0.12, 0.9], [0.07, 1]],
  cat: [[0, 0], [0.14, 0], [0.175, 0.05], [0.18, 0.2], [0.155, 0.5], [0.145, 0.75], [0.11, 0.91], [0.07, 1]],
  bear: [[0, 0], [0.18, 0], [0.225, 0.05], [0.25, 0.25], [0.245, 0.5], [0.2, 0.76], [0.14, 0.92], [0.07, 1]],
  sprout: [[0, 0], [0.2, 0], [0.24, 0.03], [0.215, 0.15], [0.165, 0.4], [0.135, 0.7], [0.11, 0.9], [0.07, 1]],
};

/** From the ground at y = 0 to the neck at y = 1, with two feet. */
export function bodyShape(kind: Kind, scene: Scene): Mesh {
  const shape = OUTLINES[kind].map(([radius, height]) => new Vector3(radius, height, 0));
  const trunk = CreateLathe("trunk", { shape, tessellation: 18, closed: true }, scene);
  const parts = [shade(trunk, PLAIN)];
  for (const side of [-0.09, 0.09]) {
    const foot = ball({ diameterX: 0.14, diameterY: 0.06, diameterZ: 0.22, segments: 2 }, [side, 0.02, 0.13], scene);
    parts.push(shade(foot, SOFT));
  }
  return merge(`body of ${kind}`, parts);
}

/** The head around the point between the eyes, looking along z. */
export function headShape(kind: Kind, scene: Scene): Mesh {
  const wide = kind === "bear" ? 0.37 : 0.34;
  const skull = ball({ diameterX: wide, diameterY: 0.32, diameterZ: 0.32, segments: 9 }, [0, 0.02, -0.03], scene);
  const mouth = ball({ diameterX: 0.055, diameterY: 0.016, diameterZ: 0.02, segments: 1 }, [0, -0.055, 0.112], scene);
  return merge(`head of ${kind}`, [shade(skull, PLAIN), shade(mouth, DARK), ...ADORNMENTS[kind](scene)]);
}

/** Something on the head by which kinds are told apart. */
const ADORNMENTS: Readonly<Record<Kind, (scene: Scene) => Mesh[]>> = {
  pebble: () => [],
  cat: (scene) =>
    [-1, 1].map((side) => {
      const ear = CreateCylinder("ear", { height: 0.13, diameterTop: 0, diameterBottom: 0.12, tessellation: 10 }, scene);
      ear.position.set(side * 0.1, 0.19, -0.03);
      ear.rotation.z = -side * 0.35;
      return shade(ear, SOFT);
    }),
  bear: (scene) =>
    [-1, 1].map((side) =>
      shade(ball({ diameter: 0.12, diameterZ: 0.07, segments: 3 }, [side * 0.13, 0.16, -0.03], scene), SOFT),
    ),
  sprout: (scene) => {
    const stem = CreateCylinder("stem", { height: 0.09, diameter: 0.02, tessellation: 6 }, scene);
    stem.position.set(0, 0.21, -0.03);
    const leaves = [-1, 1].map((side) => {
      const leaf = ball({ diameterX: 0.13, diameterY: 0.025, diameterZ: 0.07, segments: 3 }, [side * 0.06, 0.265, -0.03], scene);
      leaf.rotation.z = side * 0.4;
      return shade(leaf, SOFT);
    });
    return [shade(stem, SOFT), ...leaves];
  },
};

/** Both eyes around their middle, so that a blink is a change of height. */
export function eyesShape(scene: Scene): Mesh {
  const parts = [-1, 1].flatMap((side) => [
    shade(ball({ diameterX: 0.042, diameterY: 0.062, diameterZ: 0.03, segments: 3 }, [side * 0.062, 0, 0], scene), 0.06),
    shade(ball({ diameter: 0.016, segments: 1 }, [side * 0.062 + 0.009, 0.014, 0.012], scene), PLAIN),
  ]);
  return merge("eyes", parts);
}

/** One half of an arm, along y. */
export function boneShape(scene: Scene): Mesh {
  const options = { height: BONE + 0.07, radius: 0.038, tessellation: 8, capSubdivisions: 2, subdivisions: 1 };
  return shade(CreateCapsule("bone", options, scene), SOFT);
}

/** A mitten whose fingers point along z. */
export function handShape(side: "left" | "right", scene: Scene): Mesh {
  const thumb = side === "left" ? 0.04 : -0.04;
  return merge(`${side} hand`, [
    shade(ball({ diameterX: 0.085, diameterY: 0.06, diameterZ: 0.13, segments: 3 }, [0, 0, 0], scene), PLAIN),
    shade(ball({ diameterX: 0.035, diameterY: 0.035, diameterZ: 0.075, segments: 2 }, [thumb, 0.01, 0.015], scene), PLAIN),
  ]);
}

function ball(options: object, [x, y, z]: readonly [number, number, number], scene: Scene): Mesh {
  const mesh = CreateSphere("ball", options, scene);
  mesh.position.set(x, y, z);
  return mesh;
}

/** Colour a part by a shade of the figure's own colour. */
function shade(mesh: Mesh, light: number): Mesh {
  const colors = new Float32Array(4 * mesh.getTotalVertices()).fill(light);
  for (let index = 3; index < colors.length; index += 4) colors[index] = 1;
  mesh.setVerticesData(VertexBuffer.ColorKind, colors);
  return mesh;
}

function merge(name: string, parts: Mesh[]): Mesh {
  const whole = Mesh.MergeMeshes(parts, true, true);
  if (!whole) throw new Error(`the parts of ${name} do not fit together`);
  whole.name = name;
  return whole;
}
