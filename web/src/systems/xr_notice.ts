/** A notice in a headset, where the page's own is not seen: a sign that goes with the head. */

import "@babylonjs/core/Engines/Extensions/engine.dynamicTexture.js";
import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import type { Observable } from "rxjs";

/** The mesh; its metadata is the text. */
const NOTICE = "notice";
/** Metres, and pixels of its texture. */
const SIZE = { width: 0.7, height: 0.1 };
const PIXELS = { width: 1120, height: 160 };
const LETTERS = 60;
const MARGIN = 60;

/** Show what `$text` says before `camera`, or nothing while it is empty. */
export function showNotice(camera: Camera, $text: Observable<string>): void {
  const scene = camera.getScene();
  const texture = new DynamicTexture(NOTICE, PIXELS, scene);
  const material = new StandardMaterial(NOTICE, scene);
  material.disableLighting = true;
  material.emissiveColor = Color3.White();
  material.diffuseTexture = texture;
  const sign = CreatePlane(NOTICE, SIZE, scene);
  sign.material = material;
  sign.parent = camera;
  sign.position.set(0, -0.18, 1);
  sign.rotation.x = 0.18; // upright to the eyes, which look down at it
  sign.renderingGroupId = 1; // also when we stand before a wall
  sign.applyFog = false;
  sign.isPickable = false;
  $text.subscribe((text) => {
    sign.metadata = text;
    sign.setEnabled(text !== "");
    if (text !== "") draw(texture, text);
  });
}

function draw(texture: DynamicTexture, text: string): void {
  const { width, height } = PIXELS;
  const context = texture.getContext() as CanvasRenderingContext2D;
  context.font = font(LETTERS);
  const fitting = (width - 2 * MARGIN) / context.measureText(text).width;
  context.font = font(Math.floor(LETTERS * Math.min(1, fitting)));
  context.fillStyle = "#fff3cd";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#14202b";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, width / 2, height / 2);
  texture.update();
}

function font(pixels: number): string {
  return `600 ${pixels}px system-ui, sans-serif`;
}
