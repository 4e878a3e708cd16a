/** The ground without end, and the paving around the spawn point. */

import { Constants } from "@babylonjs/core/Engines/constants.js";
import { RawTexture } from "@babylonjs/core/Materials/Textures/rawTexture.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Vec3 } from "../wire.gen.js";
import type { Mood } from "./moods.js";
import { blend, type Dot, Paint, seeded } from "./paint.js";

/** Metres across the ground, which follows the camera in steps of one texture tile. */
export const GROUND_SIZE = 800;
const TILE = 20;
const TILE_PIXELS = 512;
/** Metres from one grain of the ground to the next, coarse to fine, and how much each counts. */
const GRAINS = [
  [5, 0.4],
  [1.25, 0.3],
  [0.3125, 0.2],
  [0.078125, 0.35],
] as const;
/** Metres of the plaza's rings of stones, and how high it lies. */
const RINGS = 9;
const RING = 0.52;
const PLAZA_HEIGHT = 0.004;

/** The ground, bare until it is dressed. */
export function createGround(scene: Scene): Mesh {
  const ground = CreateGround("ground", { width: GROUND_SIZE, height: GROUND_SIZE }, scene);
  const material = new StandardMaterial("ground", scene);
  material.specularColor = Color3.Black();
  ground.material = material;
  scene.onBeforeRenderObservable.add(() => {
    const eye = scene.activeCamera?.globalPosition;
    if (!eye) return;
    ground.position.x = Math.round(eye.x / TILE) * TILE;
    ground.position.z = Math.round(eye.z / TILE) * TILE;
  });
  return ground;
}

export function dressGround(ground: Mesh, mood: Mood): void {
  const material = ground.material as StandardMaterial;
  material.diffuseTexture?.dispose();
  const texture = RawTexture.CreateRGBTexture(
    groundPixels(mood),
    TILE_PIXELS,
    TILE_PIXELS,
    ground.getScene(),
    true,
    false,
    Constants.TEXTURE_TRILINEAR_SAMPLINGMODE,
  );
  texture.wrapU = texture.wrapV = Constants.TEXTURE_WRAP_ADDRESSMODE;
  texture.uScale = texture.vScale = GROUND_SIZE / TILE;
  texture.anisotropicFilteringLevel = 16;
  material.diffuseTexture = texture;
}

/** One tile, RGB: grains of many sizes, and joints between slabs. It repeats without a seam. */
export function groundPixels({ ground, uneven, slabs }: Mood): Uint8Array {
  const pixels = new Uint8Array(TILE_PIXELS * TILE_PIXELS * 3);
  const noise = grains();
  const side = (slabs / TILE) * TILE_PIXELS;
  const joint = (pixel: number): number => (slabs > 0 && pixel % side < 1 ? 0.9 : 1);
  for (let y = 0; y < TILE_PIXELS; y += 1) {
    for (let x = 0; x < TILE_PIXELS; x += 1) {
      const index = y * TILE_PIXELS + x;
      const shade = (1 + uneven * ((noise[index] as number) - 0.5)) * Math.min(joint(x), joint(y)) * 255;
      for (let part = 0; part < 3; part += 1) {
        pixels[index * 3 + part] = Math.min(255, shade * (ground[part] as number));
      }
    }
  }
  return pixels;
}

/** Smooth noise around one half, for each pixel of a tile. */
function grains(): Float32Array {
  const noise = new Float32Array(TILE_PIXELS * TILE_PIXELS).fill(0.5);
  const random = seeded(11);
  for (const [size, weight] of GRAINS) {
    const cells = TILE / size;
    const values = Float32Array.from({ length: cells * cells }, () => (random() - 0.5) * weight);
    const value = (x: number, y: number): number => values[(y % cells) * cells + (x % cells)] as number;
    const scale = cells / TILE_PIXELS;
    for (let y = 0; y < TILE_PIXELS; y += 1) {
      const row = Math.floor(y * scale);
      const down = smooth(y * scale - row);
      for (let x = 0; x < TILE_PIXELS; x += 1) {
        const column = Math.floor(x * scale);
        const across = smooth(x * scale - column);
        const top = value(column, row) * (1 - across) + value(column + 1, row) * across;
        const bottom = value(column, row + 1) * (1 - across) + value(column + 1, row + 1) * across;
        noise[y * TILE_PIXELS + x] = (noise[y * TILE_PIXELS + x] as number) + top * (1 - down) + bottom * down;
      }
    }
  }
  return noise;
}

function smooth(share: number): number {
  return share * share * (3 - 2 * share);
}

/** Rings of stones around a point, of which the last ones fade into the ground. */
export function createPlaza(scene: Scene, [x, , z]: Vec3, mood: Mood): Mesh {
  const paint = new Paint();
  const random = seeded(5);
  for (let ring = 0; ring < RINGS; ring += 1) {
    const stones = Math.max(6, Math.round(ring * 6.2));
    const turn = random();
    const border = ring === 3 || ring === RINGS - 2;
    const alpha = ring === RINGS - 1 ? 0.45 : 1;
    for (let stone = 0; stone < stones; stone += 1) {
      const tone = (border ? 0.82 : 0.97) + 0.09 * (random() - 0.5);
      const color = blend([0, 0, 0], mood.paving, tone);
      layStone(paint, ring, (stone + turn) / stones, (stone + 1 + turn) / stones, color, alpha * (ring < RINGS - 1 ? 1 : random()));
    }
  }
  const mesh = paint.mesh("plaza", scene);
  mesh.position.set(x, PLAZA_HEIGHT, z);
  const material = new StandardMaterial("plaza", scene);
  material.specularColor = Color3.Black();
  material.zOffset = -1;
  mesh.material = material;
  material.backFaceCulling = false;
  mesh.alphaIndex = 1; // on the ground, below the shadows
  mesh.freezeWorldMatrix();
  return mesh;
}

/** A stone of a ring between two parts of the circle, inside a joint. */
function layStone(paint: Paint, ring: number, from: number, to: number, color: Vec3, alpha: number): void {
  const joint = 0.018;
  const inner = Math.max(0.001, ring * RING + joint);
  const outer = (ring + 1) * RING - joint;
  const pieces = 3;
  const dot = (radius: number, part: number): Dot => {
    const gap = joint / Math.max(radius, RING) / (2 * Math.PI);
    const angle = (from + gap + (to - from - 2 * gap) * part) * 2 * Math.PI;
    return { at: [radius * Math.sin(angle), 0, radius * Math.cos(angle)], color, alpha };
  };
  for (let piece = 0; piece < pieces; piece += 1) {
    const [start, end] = [piece / pieces, (piece + 1) / pieces];
    paint.quad(dot(inner, start), dot(outer, start), dot(outer, end), dot(inner, end));
  }
}
