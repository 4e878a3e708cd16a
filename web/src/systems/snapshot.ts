/** The room's things: a mesh for each entity of the snapshot that has a shape. */

import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateBox } from "@babylonjs/core/Meshes/Builders/boxBuilder.js";
import { CreateCylinder } from "@babylonjs/core/Meshes/Builders/cylinderBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Shared } from "../config.js";
import type { Entities, Quat, Vec3 } from "../wire.js";
import type { World } from "./scene.js";

type Builder = (name: string, options: object, scene: Scene) => Mesh;
type Components = Entities[string];

/** The kinds of `mesh_builder` that are drawn. */
const BUILDERS: Readonly<Record<string, Builder>> = {
  box: CreateBox,
  cylinder: CreateCylinder,
  sphere: CreateSphere,
};

/** Draw each snapshot; what did not change since the last one (a rejoin) is left as it is. */
export function startSnapshot(world: Pick<World, "scene" | "castShadow">, shared: Shared): void {
  const drawn = new Map<string, { readonly key: string; readonly mesh: Mesh }>();
  shared.$snapshot.subscribe((entities) => {
    for (const [id, { key, mesh }] of drawn) {
      if (key === JSON.stringify(entities[id])) continue;
      mesh.dispose(false, true);
      drawn.delete(id);
    }
    for (const [id, components] of Object.entries(entities)) {
      if (drawn.has(id)) continue;
      const mesh = build(id, components, world.scene);
      if (!mesh) continue;
      world.castShadow(mesh);
      drawn.set(id, { key: JSON.stringify(components), mesh });
    }
  });
}

function build(id: string, components: Components, scene: Scene): Mesh | undefined {
  const [kind, options] = (components["mesh_builder"] ?? []) as [string?, object?];
  if (kind === undefined) return undefined; // a thing without a shape, as a spawn point
  const builder = BUILDERS[kind];
  if (!builder) {
    console.warn(`entity ${id}: this client does not draw a ${kind}`);
    return undefined;
  }
  const mesh = builder(`entity ${id}`, options ?? {}, scene);
  const { position, rotation, scaling } = components;
  if (position) mesh.position = Vector3.FromArray(position as Vec3);
  if (rotation) mesh.rotationQuaternion = Quaternion.FromArray(rotation as Quat);
  if (scaling) mesh.scaling = Vector3.FromArray(scaling as Vec3);
  const material = new StandardMaterial(`entity ${id}`, scene);
  material.diffuseColor = Color3.FromArray((components["color"] ?? [0.7, 0.7, 0.7]) as Vec3);
  material.specularColor = Color3.Black();
  mesh.material = material;
  mesh.freezeWorldMatrix();
  return mesh;
}
