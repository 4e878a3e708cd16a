/** The room's things: a mesh for each entity of the snapshot that has a shape. */

import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { buildMesh } from "../components/mesh_builder.js";
import { COMPONENTS } from "../components/table.js";
import { seenThings } from "../seen.js";
import type { Entities } from "../wire.gen.js";
import type { System } from "../system.js";

/** Draw each snapshot; what did not change since the last one (a rejoin) is left as it is. */
export const things: System = (context) => {
  const { world } = context;
  const drawn = new Map<string, { readonly key: string; readonly mesh: Mesh }>();
  seenThings(context).subscribe((entities) => {
    let changed = false;
    for (const [id, { key, mesh }] of drawn) {
      if (key === JSON.stringify(entities[id])) continue;
      mesh.dispose(false, true);
      drawn.delete(id);
      changed = true;
    }
    for (const [id, components] of Object.entries(entities)) {
      if (drawn.has(id)) continue;
      const mesh = build(`entity ${id}`, components, world.scene);
      if (!mesh) continue;
      drawn.set(id, { key: JSON.stringify(components), mesh });
      changed = true;
    }
    if (changed) world.scenery.shade(Array.from(drawn.values(), ({ mesh }) => mesh));
  });
};

function build(name: string, components: Entities[string], scene: Scene): Mesh | undefined {
  const shape = components["mesh_builder"];
  if (shape === undefined) return undefined; // a thing without a shape, as a spawn point
  const mesh = buildMesh(name, shape, scene);
  if (!mesh) return undefined;
  for (const [component, value] of Object.entries(components)) COMPONENTS[component]?.(mesh, value);
  mesh.freezeWorldMatrix();
  mesh.material?.freeze(); // a change of the thing makes it anew
  return mesh;
}
