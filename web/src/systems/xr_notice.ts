/** A notice in a headset, where the page's own is not seen: a sign that goes with the head. */

import "@babylonjs/core/Engines/Extensions/engine.dynamicTexture.js";
import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import type { Observable } from "rxjs";
import { breakLine } from "../vr/menu_paint.js";

/** The mesh; its metadata is the text. */
const NOTICE = "notice";
/** Metres, and pixels of its texture. */
const SIZE = { width: 0.7, height: 0.2 };
const PIXELS = { width: 1120, height: 320 };
/** Pixels of the letters, from one line to the next, and to the sides. */
const LETTERS = 50;
const LINE = 64;
const MARGIN = 48;

/** Show what `$text` says before `camera`, or nothing while it is empty. */
export function showNotice(camera: Camera, $text: Observable<string>): void {
  const scene = camera.getScene();
  const texture = new DynamicTexture(NOTICE, PIXELS, scene);
  const material = new StandardMaterial(NOTICE, scene);
  material.disableLighting = true;
  material.emissiveColor = Color3.White();
  texture.hasAlpha = true; // a short sentence does not fill it
  material.diffuseTexture = texture;
  material.useAlphaFromDiffuseTexture = true;
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

/** In the middle, on as many lines as it takes. */
function draw(texture: DynamicTexture, text: string): void {
  const { width, height } = PIXELS;
  const context = texture.getContext() as CanvasRenderingContext2D;
  context.font = `600 ${LETTERS}px system-ui, sans-serif`;
  const lines = breakLine(text, (line) => context.measureText(line).width <= width - 2 * MARGIN);
  const tall = Math.min(height, lines.length * LINE + MARGIN);
  context.clearRect(0, 0, width, height);
  context.fillStyle = "#fff3cd";
  context.beginPath();
  context.roundRect(0, (height - tall) / 2, width, tall, 24);
  context.fill();
  context.fillStyle = "#14202b";
  context.textAlign = "center";
  context.textBaseline = "middle";
  lines.forEach((line, index) => {
    context.fillText(line, width / 2, height / 2 + (index - (lines.length - 1) / 2) * LINE);
  });
  texture.update();
}
