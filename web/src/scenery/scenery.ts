/** All around the furniture: light, sky, ground, paving, and the shade that things throw. */

import { Constants } from "@babylonjs/core/Engines/constants.js";
import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import { DirectionalLight } from "@babylonjs/core/Lights/directionalLight.js";
import { HemisphericLight } from "@babylonjs/core/Lights/hemisphericLight.js";
import { ImageProcessingConfiguration } from "@babylonjs/core/Materials/imageProcessingConfiguration.js";
import { RawTexture } from "@babylonjs/core/Materials/Textures/rawTexture.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3, Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { Scene } from "@babylonjs/core/scene.js";
import type { Vec3 } from "../wire.gen.js";
import { createGround, createPlaza, dressGround, GROUND_SIZE } from "./ground.js";
import { type Shade, shadeOf, shadePixels, SPAN } from "./ground_shade.js";
import { type Mood, moodOf } from "./moods.js";
import { createSky } from "./sky.js";

/** Pixels across the picture of the shade. */
const SHADE_PIXELS = 1024;
const SHADE_HEIGHT = 0.006;

export class Scenery {
  readonly ground: Mesh;
  readonly #scene: Scene;
  readonly #above: HemisphericLight;
  readonly #sun: DirectionalLight;
  readonly #fill: DirectionalLight;
  readonly #shade: Mesh;
  #dressed = "";
  #mood: Mood = moodOf(undefined);
  #sky: Mesh | undefined;
  #plaza: Mesh | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    const processing = scene.imageProcessingConfiguration;
    processing.toneMappingEnabled = true;
    processing.toneMappingType = ImageProcessingConfiguration.TONEMAPPING_STANDARD;
    processing.exposure = 1.5;
    processing.contrast = 1.45;
    scene.fogMode = Scene.FOGMODE_LINEAR;
    scene.fogStart = 30;
    scene.fogEnd = GROUND_SIZE / 2 - 40;
    this.#above = new HemisphericLight("sky light", Vector3.Up(), scene);
    this.#sun = new DirectionalLight("sun", Vector3.Down(), scene);
    this.#fill = new DirectionalLight("fill", Vector3.Down(), scene);
    this.#above.specular = this.#fill.specular = Color3.Black();
    this.ground = createGround(scene);
    this.#shade = createShade(scene);
    this.dress(undefined, [0, 0, 0]);
  }

  /** Show a kind of room, whose spawn point is there. */
  dress(kind: unknown, spawn: Vec3): void {
    const wanted = JSON.stringify([kind, spawn]);
    if (wanted === this.#dressed) return;
    this.#dressed = wanted;
    this.#plaza?.dispose(false, true);
    if (!this.#sky || this.#mood !== moodOf(kind)) this.#become(moodOf(kind));
    this.#plaza = createPlaza(this.#scene, spawn, this.#mood);
  }

  /** From now on these things throw shadows, and shine on the ground if they glow. */
  shade(things: readonly Mesh[]): void {
    const shades = things.map((mesh): Shade => {
      const glow = (mesh.material as StandardMaterial).emissiveColor;
      const shade = shadeOf(cornersOf(mesh), this.#mood.sun.towards);
      return glow.toLuminance() > 0 ? { foot: shade.foot, shadow: [], glow: [glow.r, glow.g, glow.b] } : shade;
    });
    (this.#shade.material as StandardMaterial).diffuseTexture?.dispose();
    (this.#shade.material as StandardMaterial).diffuseTexture = shadeTexture(
      this.#scene,
      shadePixels(shades, SHADE_PIXELS, this.#mood.shadow),
    );
    this.#shade.setEnabled(true);
  }

  #become(mood: Mood): void {
    const { horizon, sun, ambient } = mood;
    this.#mood = mood;
    this.#scene.clearColor = Color4.FromColor3(Color3.FromArray(horizon), 1);
    this.#scene.fogColor = Color3.FromArray(horizon);
    this.#above.diffuse = Color3.FromArray(ambient.above);
    this.#above.groundColor = Color3.FromArray(ambient.below);
    this.#above.intensity = ambient.intensity;
    const [x, y, z] = sun.towards;
    this.#sun.direction.set(x, y, z).normalize();
    this.#sun.diffuse = this.#sun.specular = Color3.FromArray(sun.color);
    this.#sun.intensity = sun.intensity;
    // a little from the other side, so that no two faces of a box look the same
    this.#fill.direction.set(-x + z, -0.5, -z - x).normalize();
    this.#fill.diffuse = Color3.FromArray(ambient.above);
    this.#fill.intensity = sun.intensity * 0.28;
    this.#sky?.dispose(false, true);
    this.#sky = createSky(this.#scene, mood);
    dressGround(this.ground, mood);
  }
}

function createShade(scene: Scene): Mesh {
  const mesh = CreateGround("shade", { width: 2 * SPAN, height: 2 * SPAN }, scene);
  mesh.position.y = SHADE_HEIGHT;
  mesh.isPickable = false;
  mesh.alphaIndex = 2;
  mesh.setEnabled(false);
  mesh.freezeWorldMatrix();
  const material = new StandardMaterial("shade", scene);
  material.disableLighting = true;
  material.emissiveColor = Color3.White();
  material.useAlphaFromDiffuseTexture = true;
  material.zOffset = -2;
  mesh.material = material;
  return mesh;
}

function shadeTexture(scene: Scene, pixels: Uint8Array): RawTexture {
  const texture = RawTexture.CreateRGBATexture(
    pixels,
    SHADE_PIXELS,
    SHADE_PIXELS,
    scene,
    true,
    false,
    Constants.TEXTURE_TRILINEAR_SAMPLINGMODE,
  );
  texture.hasAlpha = true;
  texture.wrapU = texture.wrapV = Constants.TEXTURE_CLAMP_ADDRESSMODE;
  texture.anisotropicFilteringLevel = 8;
  return texture;
}

/** The vertices in the world. */
function cornersOf(mesh: Mesh): Vec3[] {
  const positions = mesh.getVerticesData(VertexBuffer.PositionKind) ?? [];
  const matrix = mesh.computeWorldMatrix(true);
  const corners: Vec3[] = [];
  for (let index = 0; index < positions.length; index += 3) {
    const { x, y, z } = Vector3.TransformCoordinates(Vector3.FromArray(positions, index), matrix);
    corners.push([x, y, z]);
  }
  return corners;
}
