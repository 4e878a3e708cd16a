/** `color`: `[r, g, b]`, each 0 to 1. */

import type { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Vec3 } from "../wire.gen.js";
import type { Component } from "./table.js";

export const color: Component = (mesh, value) => {
  (mesh.material as StandardMaterial).diffuseColor = Color3.FromArray(value as Vec3);
};
