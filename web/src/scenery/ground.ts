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
  const joints = Float32Array.from({ length: TILE_PIXELS }, (_, pixel) => (slabs > 0 && pixel % side < 1 ? 0.9 : 1));
  const [red, green, blue] = ground;
  for (let index = 0; index < noise.length; index += 1) {
    const joint = Math.min(joints[index % TILE_PIXELS] as number, joints[Math.floor(index / TILE_PIXELS)] as number);
    const shade = (1 + uneven * ((noise[index] as number) - 0.5)) * joint * 255;
    pixels[index * 3] = Math.min(255, shade * red);
    pixels[index * 3 + 1] = Math.min(255, shade * green);
    pixels[index * 3 + 2] = Math.min(255, shade * blue);
  }
  return pixels;
}

let grainy: Float32Array | undefined;

/** Smooth noise around one half, for each pixel of a tile; made once. */
function grains(): Float32Array {
  if (grainy) return grainy;
  const noise = new Float32Array(TILE_PIXELS * TILE_PIXELS).fill(0.5);
  const random = seeded(11);
  for (const [size, weight] of GRAINS) {
    const cells = TILE / size;
    const values = Float32Array.from({ length: cells * cells }, () => (random() - 0.5) * weight);
    addGrains(noise, values, cells);
  }
  grainy = noise;
  return noise;
}

/** Add what lies between the values of `cells` × `cells` points, which repeat. */
function addGrains(noise: Float32Array, values: Float32Array, cells: number): void {
  const scale = cells / TILE_PIXELS;
  const line = new Float32Array(cells + 1);
  for (let y = 0; y < TILE_PIXELS; y += 1) {
    const row = Math.floor(y * scale);
    const [above, below] = [row * cells, ((row + 1) % cells) * cells];
    const down = smooth(y * scale - row);
    for (let cell = 0; cell <= cells; cell += 1) {
      const column = cell % cells;
      line[cell] = (values[above + column] as number) * (1 - down) + (values[below + column] as number) * down;
    }
    for (let x = 0; x < TILE_PIXELS; x += 1) {
      const column = Math.floor(x * scale);
      const across = smooth(x * scale - column);
      const value = (line[column] as number) * (1 - across) + (line[column + 1] as number) * across;
      noise[y * TILE_PIXELS + x] = (noise[y * TILE_PIXELS + x] as number) + value;
    }
  }
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
  material.backFaceCulling = false;
  material.freeze();
  mesh.material = material;
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
