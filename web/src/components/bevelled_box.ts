/** A box whose edges are cut off a little and catch the light, and which is darker towards its foot. */

import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import type { Scene } from "@babylonjs/core/scene.js";

/** Metres that are cut off an edge, at most, and as a part of the shortest edge. */
const BEVEL = 0.07;
const BEVEL_SHARE = 0.1;
/** How light it is at its foot. */
const FOOT = 0.8;

type Size = { readonly size?: number; readonly width?: number; readonly height?: number; readonly depth?: number };

const SIGNS = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const;

/** The options are those of Babylon's box; without any it has a metre each way. */
export function createBevelledBox(name: string, options: Size, scene: Scene): Mesh {
  const { size = 1, width = size, height = size, depth = size } = options;
  const half = [width / 2, height / 2, depth / 2];
  const bevel = Math.min(BEVEL, BEVEL_SHARE * Math.min(width, height, depth));
  const positions: number[] = [];
  const normals: number[] = [];
  const colors: number[] = [];
  // three vertices for each of the eight corners, one of each face that meets there
  for (let corner = 0; corner < 8; corner += 1) {
    for (let axis = 0; axis < 3; axis += 1) {
      for (let part = 0; part < 3; part += 1) {
        const sign = corner & (1 << part) ? 1 : -1;
        positions.push(sign * ((half[part] as number) - (part === axis ? 0 : bevel)));
        normals.push(part === axis ? sign : 0);
      }
      const light = corner & 2 ? 1 : FOOT;
      colors.push(light, light, light, 1);
    }
  }
  const data = new VertexData();
  data.positions = positions;
  data.normals = normals;
  data.colors = colors;
  data.indices = outward(positions, [...faces(), ...edges(), ...tips()]);
  const mesh = new Mesh(name, scene);
  data.applyToMesh(mesh);
  return mesh;
}

/** The vertex at a corner that belongs to the face across `axis`. */
function vertex(corner: number, axis: number): number {
  return corner * 3 + axis;
}

function faces(): number[][] {
  return [0, 1, 2].flatMap((axis) =>
    [0, 1].flatMap((side) => {
      const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
      const [a, b, c, d] = SIGNS.map(([s, t]) => {
        const corner = (side << axis) | ((s > 0 ? 1 : 0) << u) | ((t > 0 ? 1 : 0) << v);
        return vertex(corner, axis);
      }) as [number, number, number, number];
      return [[a, b, c], [a, c, d]];
    }),
  );
}

/** The cut along each of the twelve edges: it runs along `axis` between the faces of the two others. */
function edges(): number[][] {
  return [0, 1, 2].flatMap((axis) =>
    SIGNS.flatMap(([s, t]) => {
      const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
      const start = ((s > 0 ? 1 : 0) << u) | ((t > 0 ? 1 : 0) << v);
      const end = start | (1 << axis);
      const [a, b, c, d] = [vertex(start, u), vertex(end, u), vertex(end, v), vertex(start, v)];
      return [[a, b, c], [a, c, d]];
    }),
  );
}

function tips(): number[][] {
  return Array.from({ length: 8 }, (_, corner) => [0, 1, 2].map((axis) => vertex(corner, axis)));
}

/** The indices, each triangle in the order in which Babylon takes its outside for its front. */
function outward(positions: readonly number[], triangles: number[][]): number[] {
  const part = (index: number, axis: number): number => positions[index * 3 + axis] as number;
  return triangles.flatMap((triangle) => {
    const [a, b, c] = triangle as [number, number, number];
    const one = [0, 1, 2].map((axis) => part(a, axis) - part(b, axis)) as [number, number, number];
    const two = [0, 1, 2].map((axis) => part(c, axis) - part(b, axis)) as [number, number, number];
    const out =
      (one[1] * two[2] - one[2] * two[1]) * part(b, 0) +
      (one[2] * two[0] - one[0] * two[2]) * part(b, 1) +
      (one[0] * two[1] - one[1] * two[0]) * part(b, 2);
    return out > 0 ? [a, b, c] : [a, c, b];
  });
}
