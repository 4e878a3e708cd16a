/** `rotation`: a unit quaternion `[x, y, z, w]`. */

import { Quaternion } from "@babylonjs/core/Maths/math.vector.js";
import type { Quat } from "../wire.gen.js";
import type { Component } from "./table.js";

export const rotation: Component = (mesh, value) => {
  mesh.rotationQuaternion = Quaternion.FromArray(value as Quat);
};
