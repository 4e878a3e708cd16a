/** A controller as one sees it in one's own hand: a handle, a head with a stick and two buttons, a trigger. */

import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreateCapsule } from "@babylonjs/core/Meshes/Builders/capsuleBuilder.js";
import { CreateCylinder } from "@babylonjs/core/Meshes/Builders/cylinderBuilder.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import type { Vec3 } from "../wire.gen.js";

/** Shades of its material. */
const SHELL = 0.9;
const DARK = 0.2;

/** In the frame of the grip: z along the handle to its head, y up. Metres. */
export function controllerShape(name: string, scene: Scene): Mesh {
  const handle = CreateCapsule("handle", { height: 0.12, radius: 0.017, tessellation: 12 }, scene);
  handle.rotation.x = Math.PI / 2;
  handle.position.z = -0.02;
  const trigger = CreateCapsule("trigger", { height: 0.035, radius: 0.008, tessellation: 8 }, scene);
  trigger.position.set(0, -0.02, 0.045);
  trigger.rotation.x = 0.5;
  const parts = [
    shade(handle, SHELL),
    shade(disc(0.056, 0.018, [0, 0.008, 0.05], scene), SHELL),
    shade(disc(0.016, 0.016, [0, 0.024, 0.058], scene), DARK),
    shade(disc(0.01, 0.004, [-0.014, 0.018, 0.04], scene), DARK),
    shade(disc(0.01, 0.004, [0.014, 0.018, 0.04], scene), DARK),
    shade(trigger, DARK),
  ];
  const whole = Mesh.MergeMeshes(parts, true, true) as Mesh;
  whole.name = name;
  whole.isPickable = false;
  const material = new StandardMaterial(name, scene);
  material.specularColor = new Color3(0.15, 0.15, 0.15);
  whole.material = material;
  whole.onDisposeObservable.add(() => material.dispose());
  return whole;
}

function disc(diameter: number, height: number, [x, y, z]: Vec3, scene: Scene): Mesh {
  const mesh = CreateCylinder("disc", { diameter, height, tessellation: 20 }, scene);
  mesh.position.set(x, y, z);
  return mesh;
}

function shade(mesh: Mesh, light: number): Mesh {
  const colors = new Float32Array(4 * mesh.getTotalVertices()).fill(light);
  for (let alpha = 3; alpha < colors.length; alpha += 4) colors[alpha] = 1;
  mesh.setVerticesData(VertexBuffer.ColorKind, colors);
  return mesh;
}
