/** The darkening of flat shadows that move: the stencil lets a pixel be darkened once. */

import { Constants } from "@babylonjs/core/Engines/constants.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Scene } from "@babylonjs/core/scene.js";

const DARKNESS = 0.3;

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
