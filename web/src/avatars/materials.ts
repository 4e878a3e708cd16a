/** The materials of all figures. They stay as they are made, so a frame does not look whether they changed. */

import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Scene } from "@babylonjs/core/scene.js";

/** The surface of figures; with an `alpha` below 1 one sees through them. */
export function matte(scene: Scene, name: string, alpha: number): StandardMaterial {
  const material = new StandardMaterial(name, scene);
  material.alpha = alpha;
  material.needDepthPrePass = alpha < 1; // one sees what stands behind it, and not its own far side
  material.diffuseColor = Color3.White();
  material.specularColor = new Color3(0.1, 0.1, 0.1);
  material.freeze();
  return material;
}

/** The soft shadow below figures. */
export function shadowMaterial(scene: Scene, alpha: number): StandardMaterial {
  const material = new StandardMaterial("shadow", scene);
  material.alpha = alpha;
  material.disableLighting = true;
  material.diffuseColor = material.specularColor = Color3.Black();
  material.backFaceCulling = false;
  material.zOffset = -2;
  material.freeze();
  return material;
}
