import { describe, expect, it } from "vitest";
import { Body, END, RADIUS, STEP } from "../src/motion/collision.js";
import { Arc } from "../src/motion/teleport.js";
import { Walls } from "../src/motion/walls.js";
import { follow } from "../src/vr/vignette.js";
import { Stick } from "../src/vr/sticks.js";
import type { Entities, Vec3 } from "../src/wire.gen.js";
import { Random } from "./random.js";

const box = (position: Vec3, width: number, height: number, depth: number): Entities[string] => ({
  position,
  mesh_builder: ["box", { width, height, depth }],
});
const EYES: Vec3 = [0, 1.6, 0];

/** An arc from a hand before the eyes, so many radians up, towards +z. */
function thrown(walls: Walls, up: number, hand: Vec3 = [0, 1.2, 0.3], eyes = EYES): Arc {
  const arc = new Arc(walls);
  arc.throw(hand, 0, Math.sin(up), Math.cos(up), eyes, eyes[1]);
  return arc;
}

describe("an arc", () => {
  it("comes down on the ground, as far as it is thrown", () => {
    const level = thrown(new Walls(), 0);
    expect(level.lands).toBe(true);
    expect(level.y).toBe(0);
    expect(level.z).toBeCloseTo(0.3 + 9 * Math.sqrt((2 * 1.2) / 9.81), 1);
    expect(thrown(new Walls(), 0.7).z).toBeGreaterThan(level.z);
    expect(thrown(new Walls(), -0.9).z).toBeLessThan(1.4);
  });

  it("lands on the top of a thing", () => {
    const arc = thrown(new Walls({ table: box([0, 0.4, 4], 2, 0.8, 2) }), 0.2);
    expect(arc.lands).toBe(true);
    expect(arc.y).toBeCloseTo(0.8);
  });

  it("comes down before a wall and not behind it", () => {
    const arc = thrown(new Walls({ wall: box([0, 2, 2.5], 8, 4, 0.1) }), 0.3);
    expect(arc.lands).toBe(true);
    expect(arc.y).toBe(0);
    expect(arc.z).toBeLessThan(2.45 - RADIUS + 0.01);
  });

  it("does not land where there is no room to stand", () => {
    // a slit of 40 cm under a low roof, with the ground seen between
    const slit = { low: box([0, 0.9, 4], 6, 0.2, 4) };
    expect(thrown(new Walls(slit), -0.1, [0, 0.4, 0.3]).lands).toBe(false);
  });

  it("does not begin behind a wall, nor inside one", () => {
    const wall = new Walls({ wall: box([0, 2, 0.5], 8, 4, 0.2) });
    const through = thrown(wall, 0, [0, 1.2, 0.9]);
    expect([through.lands, through.count]).toEqual([false, 0]);
    expect(thrown(wall, 0, [0, 1.2, 0.9], [0, 1.6, 0.5]).lands).toBe(false);
  });

  it("does not lead out of the room", () => {
    const edge: Vec3 = [0, 1.6, END - 1];
    expect(thrown(new Walls(), 0, [0, 1.2, END - 0.7], edge).lands).toBe(false);
    expect(thrown(new Walls(), -1.2, [0, 1.2, END - 0.7], edge).lands).toBe(true);
  });

  it("leads to places that somebody on foot may have, in rooms at random", () => {
    const seeded = new Random(12);
    const next = (): number => seeded.next();
    let landed = 0;
    for (let room = 0; room < 60; room += 1) {
      const things: Record<string, Entities[string]> = {};
      for (let thing = 0; thing < 12; thing += 1) {
        const at = (): number => 16 * next() - 8;
        things[thing] = box([at(), 2 * next(), at()], 1 + 3 * next(), 0.5 + 3 * next(), 1 + 3 * next());
      }
      const walls = new Walls(things);
      const body = new Body(walls);
      body.eyes = 1.6;
      body.put(0, 0, 0);
      const eyes: Vec3 = [body.x, body.feet + 1.6, body.z];
      const arc = new Arc(walls);
      for (let turn = 0; turn < 24; turn += 1) {
        const up = 1.6 * next() - 0.8;
        const angle = 2 * Math.PI * next();
        const ahead = Math.cos(up);
        arc.throw([eyes[0], eyes[1] - 0.3, eyes[2]], ahead * Math.sin(angle), Math.sin(up), ahead * Math.cos(angle), eyes, 1.6);
        if (!arc.lands) continue;
        landed += 1;
        body.put(arc.x, arc.y, arc.z);
        expect(Math.hypot(body.x - arc.x, body.feet - arc.y, body.z - arc.z)).toBeLessThan(0.01);
        expect(walls.floorBelow(arc.x, arc.z, arc.y + STEP, RADIUS)).toBeGreaterThanOrEqual(arc.y - 0.01);
      }
    }
    expect(landed).toBeGreaterThan(500);
  });
});

describe("a stick", () => {
  it("turns once for each push, and aims until it is let go", () => {
    const stick = new Stick();
    expect([stick.move(0.9, 0), stick.move(1, 0), stick.move(0.5, 0), stick.move(1, 0)]).toEqual([1, 0, 0, 0]);
    expect([stick.move(0, 0), stick.move(-1, 0)]).toEqual([0, -1]);
    stick.move(0, 0);
    expect([stick.move(0.2, -0.9), stick.aims]).toEqual([0, true]);
    expect([stick.move(0.9, -0.5), stick.aims], "to the side while it aims").toEqual([0, true]);
    stick.move(0.1, -0.1);
    expect([stick.aims, stick.x, stick.y]).toEqual([false, 0, 0]);
  });
});

describe("the rim", () => {
  it("comes and goes within a second, and is quite gone then", () => {
    let strength = 0;
    for (let frame = 0; frame < 72; frame += 1) strength = follow(strength, true, 1 / 72);
    expect(strength).toBe(1);
    expect(follow(strength, false, 1 / 72)).toBeGreaterThan(0.8);
    for (let frame = 0; frame < 72; frame += 1) strength = follow(strength, false, 1 / 72);
    expect(strength).toBe(0);
  });
});
