/** `mesh_builder`: `[kind, options]` as Babylon's MeshBuilder names them. Gives a thing its shape. */

import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreateCylinder } from "@babylonjs/core/Meshes/Builders/cylinderBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { createBevelledBox } from "./bevelled_box.js";

type Builder = (name: string, options: object, scene: Scene) => Mesh;

/** The kinds that are drawn. */
const BUILDERS: Readonly<Record<string, Builder>> = {
  box: createBevelledBox,
  cylinder: CreateCylinder,
  sphere: CreateSphere,
};

/** The mesh, in plain grey; undefined for a kind that is not drawn here. */
export function buildMesh(name: string, value: unknown, scene: Scene): Mesh | undefined {
  const [kind, options] = value as [string, object?];
  const builder = BUILDERS[kind];
  if (!builder) {
    console.warn(`${name}: this client does not draw a ${kind}`);
    return undefined;
  }
  const mesh = builder(name, options ?? {}, scene);
  const material = new StandardMaterial(name, scene);
  material.diffuseColor = new Color3(0.7, 0.7, 0.7);
  material.specularColor = new Color3(0.12, 0.12, 0.12);
  material.specularPower = 24;
  mesh.material = material;
  return mesh;
}
