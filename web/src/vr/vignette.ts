/** A dark rim around the picture while it moves without the head: many get less sick with it. */

import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Vec3 } from "../wire.gen.js";
import { type Dot, Paint } from "../scenery/paint.js";

/** How fast the rim comes and goes, a second. */
const FOLLOW = 8;
const LEAST = 0.01;
/** Metres from the eyes; radians from straight ahead where the rim begins, is dark, and ends. */
const AWAY = 0.5;
const RINGS = [0.42, 0.7, 1.6] as const;
const SIDES = 40;

/** How strong the rim is, from 0 to 1, after so many seconds of moving or of standing. */
export function follow(strength: number, moves: boolean, seconds: number): number {
  const wanted = moves ? 1 : 0;
  const next = strength + (wanted - strength) * Math.min(1, FOLLOW * seconds);
  return Math.abs(next - wanted) < LEAST ? wanted : next;
}

function dot(ring: 0 | 1 | 2, side: number): Dot {
  const around = (side / SIDES) * 2 * Math.PI;
  const out = AWAY * Math.sin(RINGS[ring]);
  const at: Vec3 = [out * Math.cos(around), out * Math.sin(around), AWAY * Math.cos(RINGS[ring])];
  return { at, color: [0, 0, 0], alpha: ring === 0 ? 0 : 1 };
}

export class Vignette {
  #strength = 0;
  readonly #rim: Mesh;

  constructor(camera: Camera) {
    const scene = camera.getScene();
    const material = new StandardMaterial("vignette", scene);
    material.disableLighting = true;
    material.diffuseColor = material.specularColor = Color3.Black();
    material.backFaceCulling = false;
    material.disableDepthWrite = true;
    const paint = new Paint();
    for (let side = 0; side < SIDES; side += 1) {
      paint.quad(dot(0, side), dot(0, side + 1), dot(1, side + 1), dot(1, side));
      paint.quad(dot(1, side), dot(1, side + 1), dot(2, side + 1), dot(2, side));
    }
    this.#rim = paint.mesh("vignette", scene);
    this.#rim.material = material;
    this.#rim.hasVertexAlpha = true;
    this.#rim.parent = camera;
    this.#rim.renderingGroupId = 1;
    this.#rim.applyFog = false;
    this.#rim.isPickable = false;
    this.#rim.setEnabled(false);
  }

  /** A frame, so many seconds after the last. */
  show(moves: boolean, seconds: number): void {
    this.#strength = follow(this.#strength, moves, seconds);
    this.#rim.visibility = this.#strength;
    this.#rim.setEnabled(this.#strength > 0);
  }
}
