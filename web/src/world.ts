/** The empty world: engine, scenery, and the camera at head height. */

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
import type { AbstractEngine } from "@babylonjs/core/Engines/abstractEngine.js";
import { Engine } from "@babylonjs/core/Engines/engine.pure.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { Scene } from "@babylonjs/core/scene.js";
import { EYE_HEIGHT } from "./motion/arrival.js";
import { Scenery } from "./scenery/scenery.js";

/** The part of the world for systems that put things into it. */
export interface World {
  readonly scene: Scene;
  readonly camera: FreeCamera;
  readonly ground: Mesh;
  readonly scenery: Pick<Scenery, "dress" | "shade">;
}

/** The engine that draws on a canvas. systems/resolution.ts gives it its pixels. */
export function createEngine(canvas: HTMLCanvasElement): Engine {
  return new Engine(canvas, true, { stencil: true, audioEngine: false });
}

export function createWorld(engine: AbstractEngine): World {
  const scene = new Scene(engine);
  scene.ambientColor = Color3.White();
  const camera = new FreeCamera("own", new Vector3(0, EYE_HEIGHT, -8), scene);
  camera.fov = 1; // radians, upright
  camera.minZ = 0.05;
  camera.maxZ = 1000;
  const scenery = new Scenery(scene);
  return { scene, camera, ground: scenery.ground, scenery };
}
