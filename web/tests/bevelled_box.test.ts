import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import { Scene } from "@babylonjs/core/scene.js";
import { describe, expect, it } from "vitest";
import { createBevelledBox } from "../src/components/bevelled_box.js";

describe("a bevelled box", () => {
  const mesh = createBevelledBox("box", { width: 2, height: 4, depth: 6 }, new Scene(new NullEngine()));
  const positions = mesh.getVerticesData(VertexBuffer.PositionKind) ?? [];
  const indices = Array.from(mesh.getIndices() ?? []);

  it("has the size of the box", () => {
    expect(mesh.getBoundingInfo().boundingBox.extendSize.asArray()).toEqual([1, 2, 3]);
  });

  it("is closed: each edge has two triangles, which run along it in opposite ways", () => {
    const ways = new Map<string, number>();
    for (let first = 0; first < indices.length; first += 3) {
      for (let side = 0; side < 3; side += 1) {
        const [from, to] = [indices[first + side], indices[first + ((side + 1) % 3)]] as [number, number];
        const edge = `${Math.min(from, to)} ${Math.max(from, to)}`;
        ways.set(edge, (ways.get(edge) ?? 0) + (from < to ? 1 : -1));
      }
    }
    expect(indices).toHaveLength(44 * 3);
    expect([...ways.values()].every((sum) => sum === 0)).toBe(true);
  });

  it("faces outwards, as the normals do", () => {
    const computed: number[] = [];
    VertexData.ComputeNormals(positions, indices, computed);
    const normals = mesh.getVerticesData(VertexBuffer.NormalKind) ?? [];
    for (let index = 0; index < normals.length; index += 3) {
      const dot = [0, 1, 2].reduce((sum, axis) => sum + (normals[index + axis] ?? 0) * (computed[index + axis] ?? 0), 0);
      expect(dot).toBeGreaterThan(0.5);
    }
  });
});
