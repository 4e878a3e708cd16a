/** `position`: `[x, y, z]` of the middle, in metres. */

import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Vec3 } from "../wire.gen.js";
import type { Component } from "./table.js";

export const position: Component = (mesh, value) => {
  mesh.position = Vector3.FromArray(value as Vec3);
};
