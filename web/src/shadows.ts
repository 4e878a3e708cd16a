/**
 * Shadows of things that stand still: each thing once more, flattened onto the ground along the light.
 *
 * A tenth of the download of Babylon's shadow maps, and nothing to redraw. The stencil lets a pixel
 * be darkened once, however many shadows lie on it.
 */

import { Constants } from "@babylonjs/core/Engines/constants.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { Matrix, type Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";

/** Metres above the ground, so that the two do not flicker. */
const HEIGHT = 0.005;
const DARKNESS = 0.3;

/** Returns what gives a mesh its shadow; the shadow goes with the mesh. */
export function createShadows(scene: Scene, light: Vector3): (mesh: Mesh) => void {
  const material = shadowMaterial(scene);
  const flatten = flattening(light);
  return (mesh) => {
    const shadow = mesh.clone(`shadow of ${mesh.name}`);
    shadow.material = material;
    shadow.isPickable = false;
    shadow.freezeWorldMatrix(mesh.computeWorldMatrix(true).multiply(flatten));
    mesh.onDisposeObservable.add(() => shadow.dispose());
  };
}

/** The darkening that all flat shadows share. */
export function shadowMaterial(scene: Scene): StandardMaterial {
  const material = new StandardMaterial("shadow", scene);
  material.disableLighting = true;
  material.diffuseColor = material.specularColor = Color3.Black();
  material.alpha = DARKNESS;
  material.backFaceCulling = false;
  material.zOffset = -2;
  material.stencil.enabled = true;
  material.stencil.func = Constants.NOTEQUAL;
  material.stencil.funcRef = 1;
  material.stencil.opStencilDepthPass = Constants.REPLACE;
  return material;
}

/** Every point slides along the light until it is on the ground. Row vectors, as Babylon has them. */
function flattening(light: Vector3): Matrix {
  const x = -light.x / light.y;
  const z = -light.z / light.y;
  return Matrix.FromValues(
    1, 0, 0, 0,
    x, 0, z, 0,
    0, 0, 1, 0,
    -x * HEIGHT, HEIGHT, -z * HEIGHT, 1,
  );
}
