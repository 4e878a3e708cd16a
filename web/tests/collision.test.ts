import { describe, expect, it } from "vitest";
import { Body, CROWN, END, RADIUS, STEP } from "../src/motion/collision.js";
import type { Contact } from "../src/motion/solids.js";
import { touch } from "../src/motion/touch.js";
import { Walls } from "../src/motion/walls.js";
import type { Entities } from "../src/wire.gen.js";
import { Random } from "./random.js";

const RUN = 6;
const FRAME = 1 / 60;
/** The longest time that one step is for. */
const LONG = 0.25;

type Thing = Entities[string];
const box = (width: number, height: number, depth: number, position: number[], more: object = {}): Thing => ({
  mesh_builder: ["box", { width, height, depth }],
  position,
  ...more,
});
const turn = (axis: number[], angle: number): number[] => [
  ...axis.map((part) => part * Math.sin(angle / 2)),
  Math.cos(angle / 2),
];
const room = (...things: Thing[]): Walls =>
  new Walls(Object.fromEntries(things.map((thing, index) => [`thing ${index}`, thing])));
const standing = (walls: Walls, x = 0, z = 0, feet = 0): Body => {
  const body = new Body(walls);
  body.put(x, feet, z);
  return body;
};

/** Metres from the body to the nearest thing; below zero inside. */
function roomLeft(walls: Walls, body: Body): number {
  const contact: Contact = { distance: 0, x: 0, y: 0, z: 0 };
  const low = body.feet + RADIUS;
  const high = body.feet + body.eyes + CROWN - RADIUS;
  return Math.min(
    ...walls.all.map((solid) => {
      touch(solid, body.x, body.z, low, high, contact);
      return contact.distance - RADIUS;
    }),
  );
}

/** As the server furnishes one, and things that people build: thin, tilted, floating, round, scaled. */
function clutter(random: Random, count: number): Walls {
  const things: Thing[] = [];
  for (let index = 0; index < count; index += 1) {
    const size = (): number => (random.next() < 0.2 ? random.next(0.02, 0.1) : random.next(0.2, 6));
    const axis = random.next() < 0.6 ? [0, 1, 0] : [0.6, 0.64, 0.48];
    const kind = ["box", "box", "box", "sphere", "cylinder"][Math.floor(random.next(0, 5))] as string;
    const options =
      kind === "box"
        ? { width: size(), height: size(), depth: size() }
        : { diameter: size(), ...(kind === "cylinder" && { height: size() }) };
    things.push({
      mesh_builder: [kind, options],
      position: [random.next(-12, 12), random.next(0, 4), random.next(-12, 12)],
      rotation: turn(axis, random.next(-3, 3)),
      scaling: random.next() < 0.2 ? [random.next(0.5, 2), 1, random.next(0.5, 2)] : [1, 1, 1],
    });
  }
  return room(...things);
}

describe("somebody on foot", () => {
  it("walks where nothing stands", () => {
    const body = standing(room());
    for (let frame = 0; frame < 60; frame += 1) body.step(3 * FRAME, 4 * FRAME, FRAME);
    expect([body.x, body.feet, body.z]).toEqual([
      expect.closeTo(3, 9), 0, expect.closeTo(4, 9),
    ]);
  });

  it("stops before a wall, and slides along it as fast as before", () => {
    const walls = room(box(1, 3, 40, [2, 1.5, 0]));
    const body = standing(walls);
    for (let frame = 0; frame < 60; frame += 1) body.step(4 * FRAME, 4 * FRAME, FRAME);
    expect(body.x).toBeCloseTo(1.5 - RADIUS, 2);
    expect(body.z).toBeCloseTo(4, 6);
  });

  it.each([10, 30, 45, 75])("slides along a wall turned by %d°", (degrees) => {
    const angle = (degrees * Math.PI) / 180;
    const walls = room(box(60, 3, 1, [0, 1.5, 2], { rotation: turn([0, 1, 0], angle) }));
    const body = standing(walls);
    for (let frame = 0; frame < 60; frame += 1) body.step(0, RUN * FRAME, FRAME); // until it touches
    const [x, z] = [body.x, body.z];
    for (let frame = 0; frame < 60; frame += 1) body.step(0, RUN * FRAME, FRAME);
    expect(Math.hypot(body.x - x, body.z - z)).toBeCloseTo(RUN * Math.sin(angle), 1);
  });

  it("steps up what is low, and is stopped by what is not", () => {
    const low = standing(room(box(2, STEP, 2, [2, STEP / 2, 0])));
    const high = standing(room(box(2, STEP + 0.05, 2, [2, (STEP + 0.05) / 2, 0])));
    for (let frame = 0; frame < 30; frame += 1) {
      low.step(4 * FRAME, 0, FRAME);
      high.step(4 * FRAME, 0, FRAME);
    }
    expect([low.x, low.feet]).toEqual([expect.closeTo(2, 6), STEP]);
    expect([high.x, high.feet]).toEqual([expect.closeTo(1 - RADIUS, 2), 0]);
  });

  it("climbs stairs and falls down at their end", () => {
    const stairs = Array.from({ length: 6 }, (_, index) =>
      box(0.5, 0.3 * (index + 1), 2, [1 + 0.5 * index, 0.15 * (index + 1), 0]),
    );
    const body = standing(room(...stairs));
    for (let frame = 0; frame < 73; frame += 1) body.step(3 * FRAME, 0, FRAME);
    expect(body.feet).toBeCloseTo(1.8, 6);
    let falls = 0;
    for (let frame = 0; frame < 60; frame += 1) {
      body.step(3 * FRAME, 0, FRAME);
      if (!body.stands) falls += FRAME;
    }
    expect(body.feet).toBe(0);
    expect(falls).toBeGreaterThan(Math.sqrt((2 * 1.8) / 9.81) - 0.05);
    expect(falls).toBeLessThan(Math.sqrt((2 * 1.8) / 9.81) + 0.05);
  });

  it("jumps onto what is 0.7 m high, and not through a ceiling", () => {
    const walls = room(box(4, 0.7, 4, [3, 0.35, 0]), box(8, 0.1, 8, [-10, 2, 0]));
    const body = standing(walls);
    body.jump();
    for (let frame = 0; frame < 90; frame += 1) body.step(3 * FRAME, 0, FRAME);
    expect(body.feet).toBe(0.7);
    const below = standing(walls, -10);
    below.jump();
    let highest = 0;
    for (let frame = 0; frame < 90; frame += 1) {
      below.step(0, 0, FRAME);
      highest = Math.max(highest, below.feet);
    }
    expect(highest).toBeLessThan(0.16);
    expect(below).toMatchObject({ feet: 0, stands: true });
  });

  it("walks up a ramp and stands still on it", () => {
    const ramp = box(10, 0.2, 3, [5, 1, 0], { rotation: turn([0, 0, 1], 0.3) });
    const walls = room(ramp);
    const body = standing(walls, -1);
    for (let frame = 0; frame < 120; frame += 1) body.step(3 * FRAME, 0, FRAME);
    expect(body.feet).toBeGreaterThan(0.8);
    expect(roomLeft(walls, body)).toBeGreaterThan(-0.001);
    const { x, feet } = body;
    for (let frame = 0; frame < 60; frame += 1) body.step(0, 0, FRAME);
    expect([body.x, body.feet]).toEqual([expect.closeTo(x, 6), expect.closeTo(feet, 6)]);
  });

  it("stands on a ball's top and on a cylinder", () => {
    const walls = room(
      { mesh_builder: ["sphere", { diameter: 2 }], position: [0, 1, 0] },
      { mesh_builder: ["cylinder", { diameter: 2, height: 1 }], position: [5, 0.5, 0] },
    );
    expect(standing(walls, 0, 0, 2).feet).toBeCloseTo(2, 2);
    expect(standing(walls, 5.5, 0, 1)).toMatchObject({ x: 5.5, feet: 1, stands: true });
  });

  it("is put out of what it was put into, and falls when the floor goes", () => {
    const walls = room(box(4, 3, 4, [0, 1.5, 0]));
    const body = standing(walls, 1.5, 0);
    expect([body.x, body.feet]).toEqual([expect.closeTo(2 + RADIUS, 2), 0]);
    const above = standing(walls, 0, 0, 3);
    expect(above.feet).toBe(3);
    walls.replace({});
    for (let frame = 0; frame < 120; frame += 1) above.step(0, 0, FRAME);
    expect(above).toMatchObject({ feet: 0, stands: true });
    walls.replace({ around: box(2, 2, 2, [0, 1, 0]) });
    above.step(0, 0, FRAME);
    expect(roomLeft(walls, above)).toBeGreaterThan(-0.001);
  });

  it("comes to a soft end, and may go back", () => {
    const body = standing(room(), END - 20);
    const steps: number[] = [];
    for (let frame = 0; frame < 900; frame += 1) {
      const { x } = body;
      body.step(RUN * FRAME, 0, FRAME);
      steps.push(body.x - x);
    }
    expect(body.x).toBeLessThanOrEqual(END);
    expect(body.x).toBeGreaterThan(END - 1);
    expect(steps.every((step, index) => index === 0 || step <= (steps[index - 1] as number) + 1e-9)).toBe(true);
    const { x } = body;
    body.step(-1, 0, FRAME);
    expect(body.x).toBeCloseTo(x - 1, 6);
  });
});

describe.each(Array.from({ length: 40 }, (_, seed) => seed))("in a cluttered room, seed %d", (seed) => {
  it("nobody is ever inside a thing, and goes no further than they went", () => {
    const random = new Random(seed);
    const walls = clutter(random, 40);
    const body = standing(walls, random.next(-10, 10), random.next(-10, 10), random.next(0, 6));
    expect(roomLeft(walls, body)).toBeGreaterThan(-0.001);
    for (let frame = 0; frame < 300; frame += 1) {
      const seconds = random.next() < 0.5 ? FRAME : random.next(FRAME, LONG);
      const way = random.next(0, 2 * Math.PI);
      if (random.next() < 0.1) body.jump();
      const [x, feet, z] = [body.x, body.feet, body.z];
      body.step(RUN * seconds * Math.cos(way), RUN * seconds * Math.sin(way), seconds);
      expect(roomLeft(walls, body), `frame ${frame}`).toBeGreaterThan(-0.001);
      expect(body.feet).toBeGreaterThanOrEqual(0);
      expect(Math.hypot(body.x - x, body.z - z), `frame ${frame}`).toBeLessThan(RUN * seconds + 0.7);
      expect(Math.abs(body.feet - feet)).toBeLessThan(31 * seconds + 0.7);
    }
  });

  it("nobody gets through a closed fence, however thin and however slow the frames", () => {
    const random = new Random(seed);
    const thin = (): number => random.next(0.005, 0.1);
    const walls = room(
      box(20, 5, thin(), [0, 2.5, 5]), box(20, 5, thin(), [0, 2.5, -5]),
      box(thin(), 5, 20, [5, 2.5, 0]), box(thin(), 5, 20, [-5, 2.5, 0]),
      box(3, 3, thin(), [0, 1.5, 0], { rotation: turn([0, 1, 0], random.next(0, 3)) }),
    );
    const body = standing(walls, random.next(-4, 4), random.next(-4, 4));
    for (let frame = 0; frame < 300; frame += 1) {
      const way = random.next(0, 2 * Math.PI);
      body.step(RUN * LONG * Math.cos(way), RUN * LONG * Math.sin(way), LONG);
      if (random.next() < 0.2) body.jump();
      expect(Math.max(Math.abs(body.x), Math.abs(body.z)), `frame ${frame}`).toBeLessThan(5 - RADIUS + 0.01);
    }
  });
});

describe("500 things", () => {
  it("cost no more than is near", () => {
    const walls = clutter(new Random(1), 500);
    expect(walls.near(0, 0, 0, 1, 2, 1).length).toBeLessThan(100);
    expect(walls.floorBelow(100, 100, 5, RADIUS)).toBe(0);
  });
});
