/** The components that are drawn, by name. A new one is a file and a line here. */

import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { color } from "./color.js";
import { glow } from "./glow.js";
import { position } from "./position.js";
import { rotation } from "./rotation.js";
import { scaling } from "./scaling.js";

/** Shows a component's value on the mesh that `mesh_builder` made. */
export type Component = (mesh: Mesh, value: unknown) => void;

export const COMPONENTS: Readonly<Record<string, Component>> = {
  position,
  rotation,
  scaling,
  color,
  glow,
};
