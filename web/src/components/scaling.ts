/** `scaling`: `[x, y, z]`, how many times its size a thing is along its own axes. */

import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Vec3 } from "../wire.gen.js";
import type { Component } from "./table.js";

export const scaling: Component = (mesh, value) => {
  mesh.scaling = Vector3.FromArray(value as Vec3);
};
