import { describe, expect, it } from "vitest";
import { freeNear, linkedPlace, linkTo } from "../src/motion/linked_place.js";
import { Walls } from "../src/motion/walls.js";
import type { Entities, Pose } from "../src/wire.gen.js";

const BOX: Entities = {
  box: { mesh_builder: ["box", { width: 2, height: 1, depth: 2 }], position: [5, 0.5, 5] },
};
const HERE: Pose = { position: [1.234, 1.7, -2.5], rotation: [0, Math.SQRT1_2, 0, Math.SQRT1_2] };

describe("a link to a place", () => {
  it("leads to where its maker stands, to the centimetre, with the heading", () => {
    expect(linkTo(HERE)).toBe("#at=1.23,1.7,-2.5,90");
    const place = linkedPlace(linkTo(HERE)) as Pose;
    expect(place.position).toEqual([1.23, 1.7, -2.5]);
    expect(place.rotation[1]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it.each(["", "#at=", "#at=1,2,3", "#at=1,2,3,x", "#at=999,1.7,0,0", "#at=0,-5,0,0", "#at=1e3,1,1,0", "#at=NaN,1,1,0", "#other"])(
    "is none: %s",
    (hash) => {
      expect(linkedPlace(hash)).toBeUndefined();
    },
  );

  it.each<[string, Pose["position"], Pose["position"][], boolean]>([
    ["on free ground", [0, 1.7, 0], [], true],
    ["on the top of a thing", [5, 2.7, 5], [], true],
    ["where somebody stands", [0, 1.7, 0], [[0.2, 1.7, 0]], false],
    ["inside a thing", [4.2, 1.2, 5], [], false],
  ])("stands %s: %j", (_, position, others, exactly) => {
    const free = freeNear(new Walls(BOX), { ...HERE, position }, others) as Pose;
    expect(free.position.join() === position.join()).toBe(exactly);
    for (const other of others) expect(Math.hypot(free.position[0] - other[0], free.position[2] - other[2])).toBeGreaterThan(0.59);
  });

  it("is given up where nothing near it is free", () => {
    const wall: Entities = { wall: { mesh_builder: ["box", { width: 9, height: 9, depth: 9 }], position: [0, 4.5, 0] } };
    expect(freeNear(new Walls(wall), { ...HERE, position: [0, 1.7, 0] }, [])).toBeUndefined();
  });
});
