/** The empty world: engine, sky, light, a ground without end, and the camera at head height. */

import "@babylonjs/core/Engines/Extensions/engine.alpha.js";
import "@babylonjs/core/Engines/Extensions/engine.dynamicBuffer.js";
import "@babylonjs/core/Engines/Extensions/engine.rawTexture.js";
import "@babylonjs/core/Engines/Extensions/engine.renderTarget.js";
import "@babylonjs/core/Engines/Extensions/engine.uniformBuffer.js";
import "@babylonjs/core/Engines/AbstractEngine/abstractEngine.dom.js";
import "@babylonjs/core/Engines/AbstractEngine/abstractEngine.renderPass.js";
import "@babylonjs/core/Engines/AbstractEngine/abstractEngine.states.js";
import "@babylonjs/core/Engines/AbstractEngine/abstractEngine.stencil.js";
import "@babylonjs/core/Engines/AbstractEngine/abstractEngine.texture.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Constants } from "@babylonjs/core/Engines/constants.js";
import type { AbstractEngine } from "@babylonjs/core/Engines/abstractEngine.js";
import { Engine } from "@babylonjs/core/Engines/engine.pure.js";
import { DirectionalLight } from "@babylonjs/core/Lights/directionalLight.js";
import { HemisphericLight } from "@babylonjs/core/Lights/hemisphericLight.js";
import { RawTexture } from "@babylonjs/core/Materials/Textures/rawTexture.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3, Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { Scene } from "@babylonjs/core/scene.js";
import { createShadows } from "./shadows.js";

/** Metres from the ground to the eyes of a visitor without a headset. */
export const EYE_HEIGHT = 1.7;

const ZENITH = new Color3(0.22, 0.42, 0.72);
const HORIZON = new Color3(0.8, 0.87, 0.93);
/** Where the sunlight goes. */
const SUNLIGHT = new Vector3(-0.7, -1, 0.45).normalize();
/** Metres across the ground, which follows the camera in steps of one texture tile. */
const GROUND_SIZE = 600;
const TILE = 10;
/** Pixels across a tile's texture: a line each metre, a stronger one each ten. */
const TILE_PIXELS = 640;

/** What the systems that put things into the world need of it. */
export interface World {
  readonly scene: Scene;
  readonly camera: FreeCamera;
  readonly ground: Mesh;
  /** Let a mesh that stands still throw a shadow. Disposing of the mesh ends it. */
  castShadow(mesh: Mesh): void;
}

/** The engine that draws on a canvas. systems/resolution.ts gives it its pixels. */
export function createEngine(canvas: HTMLCanvasElement): Engine {
  return new Engine(canvas, true, { stencil: true, audioEngine: false });
}

export function createWorld(engine: AbstractEngine): World {
  const scene = new Scene(engine);
  scene.clearColor = Color4.FromColor3(HORIZON, 1);
  scene.ambientColor = Color3.White();
  scene.fogMode = Scene.FOGMODE_LINEAR;
  scene.fogColor = HORIZON;
  scene.fogStart = 40;
  scene.fogEnd = GROUND_SIZE / 2 - TILE;
  const camera = new FreeCamera("own", new Vector3(0, EYE_HEIGHT, -8), scene);
  camera.fov = 1; // radians, upright
  camera.minZ = 0.05;
  camera.maxZ = 1000;
  createSky(scene);
  createLight(scene);
  const ground = createGround(scene);
  scene.onBeforeRenderObservable.add(() => followCamera(scene, ground));
  return { scene, camera, ground, castShadow: createShadows(scene, SUNLIGHT) };
}

/** A dome coloured by height: no texture and no shader of its own. */
function createSky(scene: Scene): void {
  const dome = CreateSphere("sky", { diameter: 900, segments: 24, sideOrientation: 1 }, scene);
  const positions = dome.getVerticesData(VertexBuffer.PositionKind) ?? [];
  const colors: number[] = [];
  for (let index = 1; index < positions.length; index += 3) {
    const height = Math.max(0, (positions[index] ?? 0) / 450);
    const color = Color3.Lerp(HORIZON, ZENITH, Math.pow(height, 0.6));
    colors.push(color.r, color.g, color.b, 1);
  }
  dome.setVerticesData(VertexBuffer.ColorKind, colors);
  const material = new StandardMaterial("sky", scene);
  material.disableLighting = true;
  material.emissiveColor = Color3.White();
  material.fogEnabled = false;
  dome.material = material;
  dome.infiniteDistance = true;
  dome.isPickable = false;
  dome.applyFog = false;
}

function createLight(scene: Scene): void {
  const sky = new HemisphericLight("sky light", Vector3.Up(), scene);
  sky.intensity = 0.75;
  sky.diffuse = new Color3(0.93, 0.96, 1);
  sky.groundColor = new Color3(0.76, 0.74, 0.72);
  sky.specular = Color3.Black();
  addSun(scene, SUNLIGHT, 0.45);
  // a little from the other side, so that no two faces of a box look the same
  addSun(scene, new Vector3(0.5, -0.3, -0.8).normalize(), 0.18);
}

function addSun(scene: Scene, direction: Vector3, intensity: number): void {
  const sun = new DirectionalLight("sun", direction, scene);
  sun.intensity = intensity;
  sun.diffuse = new Color3(1, 0.96, 0.88);
  sun.specular = Color3.Black();
}

function createGround(scene: Scene): Mesh {
  const ground = CreateGround("ground", { width: GROUND_SIZE, height: GROUND_SIZE }, scene);
  const texture = RawTexture.CreateRGBTexture(
    gridPixels(),
    TILE_PIXELS,
    TILE_PIXELS,
    scene,
    true,
    false,
    Constants.TEXTURE_TRILINEAR_SAMPLINGMODE,
  );
  texture.wrapU = texture.wrapV = Constants.TEXTURE_WRAP_ADDRESSMODE;
  texture.uScale = texture.vScale = GROUND_SIZE / TILE;
  texture.anisotropicFilteringLevel = 16;
  const material = new StandardMaterial("ground", scene);
  material.diffuseTexture = texture;
  material.specularColor = Color3.Black();
  ground.material = material;
  return ground;
}

/** One tile of the grid, RGB: pale ground, darker lines. */
function gridPixels(): Uint8Array {
  const pixels = new Uint8Array(TILE_PIXELS * TILE_PIXELS * 3);
  const metre = TILE_PIXELS / TILE;
  const line = (pixel: number): number => {
    if (pixel < 2 || pixel >= TILE_PIXELS - 2) return 0.8;
    return pixel % metre < 1 || pixel % metre >= metre - 1 ? 0.9 : 1;
  };
  for (let y = 0; y < TILE_PIXELS; y += 1) {
    for (let x = 0; x < TILE_PIXELS; x += 1) {
      const shade = Math.min(line(x), line(y));
      pixels.set([196 * shade, 203 * shade, 205 * shade], (y * TILE_PIXELS + x) * 3);
    }
  }
  return pixels;
}

function followCamera(scene: Scene, ground: Mesh): void {
  const eye = scene.activeCamera?.globalPosition;
  if (!eye) return;
  ground.position.x = Math.round(eye.x / TILE) * TILE;
  ground.position.z = Math.round(eye.z / TILE) * TILE;
}
