/** The sky in one draw call: a dome coloured by height, the sun or the moon, clouds, stars, hills. */

import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Vec3 } from "../wire.gen.js";
import type { Mood } from "./moods.js";
import { blend, type Dot, Paint, seeded } from "./paint.js";

/** Metres; it goes with the camera. */
const RADIUS = 450;
const AROUND = 48;
const RINGS = 24;
const WHITE: Vec3 = [1, 1, 1];

export function createSky(scene: Scene, mood: Mood): Mesh {
  const paint = new Paint();
  const random = seeded(7);
  dome(paint, mood);
  sun(paint, mood);
  for (let index = 0; index < mood.stars; index += 1) star(paint, random);
  for (let index = 0; index < mood.clouds; index += 1) cloud(paint, mood, random);
  hills(paint, mood, random, 0.075, 0.55);
  hills(paint, mood, random, 0.04, 0.25);
  const mesh = paint.mesh("sky", scene);
  const material = new StandardMaterial("sky", scene);
  material.disableLighting = true;
  material.emissiveColor = Color3.White();
  material.fogEnabled = false;
  material.disableDepthWrite = true;
  material.backFaceCulling = false;
  material.freeze();
  mesh.material = material;
  mesh.infiniteDistance = true;
  mesh.applyFog = false;
  mesh.alphaIndex = 0; // before all else that is seen through
  return mesh;
}

function dome(paint: Paint, { zenith, horizon, sun: { towards, color, halo } }: Mood): void {
  const light = unit(towards, -1);
  const dot = (ring: number, step: number): Dot => {
    const height = Math.sin((ring / RINGS) * (Math.PI / 2) - 0.12);
    const at = onDome((step / AROUND) * 2 * Math.PI, height);
    const sky = blend(horizon, zenith, Math.pow(Math.max(0, height), 0.62));
    const near = Math.max(0, at[0] * light[0] + at[1] * light[1] + at[2] * light[2]);
    return { at: scaled(at), color: blend(sky, color, halo * 0.6 * Math.pow(near, 9)) };
  };
  for (let ring = 0; ring < RINGS + 2; ring += 1) {
    for (let step = 0; step < AROUND; step += 1) {
      paint.quad(dot(ring, step), dot(ring, step + 1), dot(ring + 1, step + 1), dot(ring + 1, step));
    }
  }
}

function sun(paint: Paint, { sun: { towards, color, disc, halo } }: Mood): void {
  const at = unit(towards, -1);
  const bright = blend(color, WHITE, 0.75);
  blob(paint, at, halo * 0.55, halo * 0.55, color, 0.34, 40);
  blob(paint, at, disc * 1.9, disc * 1.9, bright, 0.7, 32);
  patch(paint, at, disc, disc, bright, 1, 1, 32);
}

function star(paint: Paint, random: () => number): void {
  const at = onDome(random() * 2 * Math.PI, 0.1 + 0.9 * random());
  const size = 0.0012 + 0.0016 * random() ** 3;
  patch(paint, at, size, size, blend([0.75, 0.85, 1], WHITE, random()), 0.35 + 0.65 * random(), 0.6, 5);
}

function cloud(paint: Paint, mood: Mood, random: () => number): void {
  const angle = random() * 2 * Math.PI;
  const height = 0.09 + 0.3 * random();
  const size = 0.06 + 0.1 * random();
  const color = blend(blend(WHITE, mood.horizon, 0.2), mood.sun.color, 0.25);
  for (let puff = 0; puff < 6; puff += 1) {
    const at = onDome(angle + (random() - 0.5) * 2.6 * size, height + (random() - 0.4) * 0.28 * size);
    const wide = size * (0.5 + 0.6 * random());
    blob(paint, at, wide, wide * (0.24 + 0.12 * random()), color, 0.34, 20);
  }
}

/** A silhouette all around, which fades into the mist at its foot. */
function hills(paint: Paint, mood: Mood, random: () => number, high: number, clear: number): void {
  const steps = 160;
  const waves = Array.from({ length: 5 }, (_, index) => ({
    often: [2, 3, 5, 9, 17][index] as number,
    phase: random() * 2 * Math.PI,
  }));
  const ridge = (step: number): number =>
    high *
    (0.55 +
      waves.reduce(
        (sum, { often, phase }) =>
          sum + (Math.sin((step / steps) * 2 * Math.PI * often + phase) * 0.5) / Math.sqrt(often * 2),
        0,
      ) * 0.7);
  const foot = (step: number): Dot => ({ at: scaled(onDome((step / steps) * 2 * Math.PI, -0.02)), color: mood.horizon });
  const top = (step: number): Dot => ({
    at: scaled(onDome((step / steps) * 2 * Math.PI, Math.max(0.004, ridge(step % steps)))),
    color: blend(mood.horizon, mood.hills, 1 - clear),
  });
  for (let step = 0; step < steps; step += 1) {
    paint.quad(foot(step), foot(step + 1), top(step + 1), top(step));
  }
}

/** A soft spot that fades out to its rim. */
function blob(paint: Paint, at: Vec3, wide: number, high: number, color: Vec3, alpha: number, sides: number): void {
  patch(paint, at, wide, high, color, alpha, 0, sides);
}

function patch(
  paint: Paint, at: Vec3, wide: number, high: number, color: Vec3, alpha: number, rimAlpha: number, sides: number,
): void {
  const right = unit([at[2], 0, -at[0]], 1);
  const up: Vec3 = [
    at[1] * right[2] - at[2] * right[1],
    at[2] * right[0] - at[0] * right[2],
    at[0] * right[1] - at[1] * right[0],
  ];
  const point = (aside: number, above: number): Vec3 =>
    scaled([
      at[0] + aside * right[0] + above * up[0],
      at[1] + aside * right[1] + above * up[1],
      at[2] + aside * right[2] + above * up[2],
    ]);
  const rim = Array.from({ length: sides }, (_, side): Dot => {
    const angle = (side / sides) * 2 * Math.PI;
    return { at: point(wide * Math.cos(angle), high * Math.sin(angle)), color, alpha: alpha * rimAlpha };
  });
  paint.fan({ at: point(0, 0), color, alpha }, rim);
}

/** A direction: an angle from +z to +x, and the sine of the height above the horizon. */
function onDome(angle: number, height: number): Vec3 {
  const flat = Math.sqrt(Math.max(0, 1 - height * height));
  return [Math.sin(angle) * flat, height, Math.cos(angle) * flat];
}

function scaled([x, y, z]: Vec3): Vec3 {
  return [x * RADIUS, y * RADIUS, z * RADIUS];
}

function unit([x, y, z]: Vec3, sign: number): Vec3 {
  const length = Math.hypot(x, y, z) * sign;
  return [x / length, y / length, z / length];
}
