/** Coloured triangles, collected into one mesh: one draw call for all that is painted. */

import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Vec3 } from "../wire.gen.js";

/** A point with its colour and alpha. */
export interface Dot {
  readonly at: Vec3;
  readonly color: Vec3;
  readonly alpha?: number;
}

export class Paint {
  readonly #positions: number[] = [];
  readonly #colors: number[] = [];
  readonly #indices: number[] = [];

  /** Four corners in a circle; it is seen from both sides if the material says so. */
  quad(a: Dot, b: Dot, c: Dot, d: Dot): void {
    const first = this.#positions.length / 3;
    for (const dot of [a, b, c, d]) this.#add(dot);
    this.#indices.push(first, first + 1, first + 2, first, first + 2, first + 3);
  }

  /** A fan from a middle over points in a circle. */
  fan(middle: Dot, rim: readonly Dot[]): void {
    const first = this.#positions.length / 3;
    this.#add(middle);
    for (const dot of rim) this.#add(dot);
    rim.forEach((_, index) => {
      this.#indices.push(first, first + 1 + index, first + 1 + ((index + 1) % rim.length));
    });
  }

  /** Make it the shape of `mesh`, whose normals point up. */
  onto(mesh: Mesh): void {
    const data = new VertexData();
    data.positions = this.#positions;
    data.colors = this.#colors;
    data.indices = this.#indices;
    data.normals = this.#positions.map((_, index) => (index % 3 === 1 ? 1 : 0));
    data.applyToMesh(mesh, true);
  }

  mesh(name: string, scene: Scene): Mesh {
    const mesh = new Mesh(name, scene);
    this.onto(mesh);
    mesh.isPickable = false;
    mesh.hasVertexAlpha = mesh.isVerticesDataPresent(VertexBuffer.ColorKind);
    return mesh;
  }

  #add({ at, color, alpha = 1 }: Dot): void {
    this.#positions.push(...at);
    this.#colors.push(...color, alpha);
  }
}

/** From one colour to another. */
export function blend(from: Vec3, to: Vec3, share: number): Vec3 {
  const part = (index: 0 | 1 | 2): number => from[index] + (to[index] - from[index]) * share;
  return [part(0), part(1), part(2)];
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
