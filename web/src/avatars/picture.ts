/** One picture in which many small ones lie, for all that is drawn above heads. */

import "@babylonjs/core/Engines/Extensions/engine.dynamicTexture.js";
import { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import { Texture } from "@babylonjs/core/Materials/Textures/texture.js";
import type { Scene } from "@babylonjs/core/scene.js";

/** A part of the picture: where it begins and how large it is, each as a share; and width by height. */
export interface Cell {
  readonly u: number;
  readonly v: number;
  readonly width: number;
  readonly height: number;
  readonly aspect: number;
}

/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** An empty picture that shines through and stays clear seen from aside. */
export function createPicture(name: string, size: Size, scene: Scene): DynamicTexture {
  const texture = new DynamicTexture(name, size, scene, true, Texture.TRILINEAR_SAMPLINGMODE);
  texture.hasAlpha = true;
  texture.anisotropicFilteringLevel = 4;
  return texture;
}

/** The brush of a picture. */
export function brushOf(texture: DynamicTexture): CanvasRenderingContext2D {
  return texture.getContext() as CanvasRenderingContext2D;
}

/** The part of a picture of this size that lies at these pixels, from the upper left. */
export function cellIn(size: Size, x: number, y: number, { width, height }: Size): Cell {
  return {
    u: x / size.width,
    v: 1 - (y + height) / size.height,
    width: width / size.width,
    height: height / size.height,
    aspect: width / height,
  };
}
