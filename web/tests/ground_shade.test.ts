import { describe, expect, it } from "vitest";
import type { Vec3 } from "../src/wire.gen.js";
import { hull, type Shade, shadeOf, shadePixels, SPAN, type Spot } from "../src/scenery/ground_shade.js";
import { seeded } from "../src/scenery/paint.js";

const SIZE = 288; // pixels: four a metre
const SLANTING: Vec3 = [1, -1, 0];

/** The corners of a box of 2 × 3 × 2 m in the middle, that stands `low` above the ground. */
const box = (low = 0): Vec3[] =>
  [-1, 1].flatMap((x) => [low, low + 3].flatMap((y) => [-1, 1].map((z): Vec3 => [x, y, z])));

/** Red and alpha at a place in metres. */
const look = (shades: readonly Shade[], x: number, z: number): { red: number; alpha: number } => {
  const pixels = shadePixels(shades, SIZE, 0.5);
  const pixel = (metres: number): number => Math.floor(((metres + SPAN) / (2 * SPAN)) * SIZE);
  const index = (pixel(z) * SIZE + pixel(x)) * 4;
  return { red: pixels[index] as number, alpha: pixels[index + 3] as number };
};

describe("the hull", () => {
  it("holds all points, and turns one way", () => {
    const random = seeded(1);
    for (let round = 0; round < 50; round += 1) {
      const spots = Array.from({ length: 20 }, (): Spot => [random() * 9, random() * 9]);
      const found = hull(spots);
      found.forEach(([ax, az], index) => {
        const [bx, bz] = found[(index + 1) % found.length] as Spot;
        for (const [x, z] of spots) {
          expect((bx - ax) * (z - az) - (bz - az) * (x - ax)).toBeGreaterThan(-1e-6);
        }
      });
    }
  });
});

describe("a shadow", () => {
  it("goes away from the light as far as the thing is high", () => {
    const shades = [shadeOf(box(), SLANTING)];
    expect(look(shades, 3, 0).alpha).toBeGreaterThan(100);
    expect(look(shades, 5, 0).alpha).toBe(0);
    expect(look(shades, -3, 0).alpha).toBe(0);
  });

  it("is sharp at the foot and soft far from it", () => {
    const shades = [shadeOf(box(), SLANTING)];
    const rise = (x: number): number => look(shades, x, 0.9).alpha - look(shades, x, 1.15).alpha;
    expect(rise(2)).toBeGreaterThan(rise(3.9));
  });

  it("is as dark where two overlap", () => {
    const one = shadeOf(box(), SLANTING);
    expect(look([one, one], 3, 0)).toEqual(look([one], 3, 0));
  });

  it("of a thing in the air has no darker foot", () => {
    const [standing, flying] = [0, 2].map((low) => look([shadeOf(box(low), [0, -1, 0])], 0, 1.2));
    expect(standing?.alpha).toBeGreaterThan(0);
    expect(flying?.alpha).toBe(0);
  });
});

describe("a lamp", () => {
  it("lights the ground around it, and less far away", () => {
    const lamp: Shade = { ...shadeOf(box(), SLANTING), shadow: [], glow: [1, 0.8, 0.4] };
    const [near, far, out] = [1.5, 4, 7].map((x) => look([lamp], -x, 0));
    expect(near?.red).toBeGreaterThan(150);
    expect(far?.alpha).toBeLessThan(near?.alpha ?? 0);
    expect(out?.alpha).toBe(0);
  });
});
