/** `glow`: `[r, g, b]`, each 0 to 1: the light of a lamp. It comes after `color`. */

import type { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Vec3 } from "../wire.gen.js";
import type { Component } from "./table.js";

export const glow: Component = (mesh, value) => {
  const material = mesh.material as StandardMaterial;
  material.emissiveColor = Color3.FromArray(value as Vec3);
  material.diffuseColor = material.specularColor = Color3.Black();
};
