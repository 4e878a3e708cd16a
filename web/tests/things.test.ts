import type { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Entities } from "../src/wire.gen.js";
import { things } from "../src/systems/things.js";
import { createContext, disposeContext, type TestContext } from "./context.js";

const ROOM: Entities = {
  spawn: { spawn_point: true, position: [1, 0, 2] },
  red: {
    mesh_builder: ["box", { width: 2, height: 4, depth: 6 }],
    position: [1, 2, 3],
    rotation: [0, 0.6, 0, 0.8],
    scaling: [1, 2, 1],
    color: [0.9, 0.1, 0.2],
  },
  ball: { mesh_builder: ["sphere", { diameter: 3 }], position: [0, 1.5, 0] },
};

let context: TestContext;
let scene: Scene;

const meshes = (): Mesh[] =>
  scene.meshes.filter(({ name }) => name.startsWith("entity ")) as Mesh[];
const entities = (): string[] => meshes().map(({ name }) => name).toSorted();
const snapshot = (room: Entities): void => context.wire.tell("snapshot", room);

beforeEach(() => {
  context = createContext();
  ({ scene } = context.world);
  things(context);
});
afterEach(() => {
  disposeContext(context);
  vi.restoreAllMocks();
});

describe("a snapshot", () => {
  it("draws what has a shape, where and how it says", () => {
    snapshot(ROOM);
    expect(entities()).toEqual(["entity ball", "entity red"]);
    const red = scene.getMeshByName("entity red") as Mesh;
    expect(red.position.asArray()).toEqual([1, 2, 3]);
    expect(red.rotationQuaternion?.asArray()).toEqual([0, 0.6, 0, 0.8]);
    expect(red.scaling.asArray()).toEqual([1, 2, 1]);
    const { extendSize } = red.getBoundingInfo().boundingBox;
    expect(extendSize.asArray()).toEqual([1, 2, 3]);
    expect((red.material as StandardMaterial).diffuseColor.asArray()).toEqual([0.9, 0.1, 0.2]);
    expect(context.shaded).toHaveLength(2);
  });

  it("leaves on a rejoin what is the same", () => {
    snapshot(ROOM);
    const before = meshes();
    snapshot(structuredClone(ROOM));
    expect(meshes()).toEqual(before);
    expect(scene.materials).toHaveLength(2);
  });

  it("follows what came, went and changed meanwhile", () => {
    snapshot(ROOM);
    snapshot({
      red: { ...ROOM["red"], position: [5, 2, 3] },
      tin: { mesh_builder: ["cylinder", { height: 2, diameter: 1 }] },
    });
    expect(entities()).toEqual(["entity red", "entity tin"]);
    expect(scene.getMeshByName("entity red")?.position.x).toBe(5);
    expect(scene.materials).toHaveLength(2);
  });

  it("says what it cannot draw, and draws the rest", () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    snapshot({ knot: { mesh_builder: ["torus_knot", {}] }, ball: ROOM["ball"] ?? {} });
    expect(entities()).toEqual(["entity ball"]);
    expect(warn).toHaveBeenCalledWith("entity knot: this client does not draw a torus_knot");
  });
});
