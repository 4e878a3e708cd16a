/** The copies of meshes that a frame drew, as a test sees them. */

import { Matrix, Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";

export interface Copy {
  readonly mesh: string;
  readonly position: number[];
  readonly scaling: number[];
  readonly rotation: Quaternion;
  readonly color: number[];
  readonly alpha: number;
}

interface Stored {
  readonly _thinInstanceDataStorage: { readonly matrixData: Float32Array };
  readonly _userThinInstanceBuffersStorage: { readonly data: Readonly<Record<string, Float32Array>> };
}

/** The copies of all meshes whose name begins so. */
export function copiesOf(scene: Scene, name: string): Copy[] {
  return (scene.meshes as Mesh[]).filter((mesh) => mesh.name.startsWith(name)).flatMap(readCopies);
}

function readCopies(mesh: Mesh): Copy[] {
  const { _thinInstanceDataStorage, _userThinInstanceBuffersStorage } = mesh as unknown as Stored; // Babylon shows no newer ones
  const matrices = _thinInstanceDataStorage.matrixData;
  const colors = _userThinInstanceBuffersStorage.data["instanceColor"] ?? _userThinInstanceBuffersStorage.data["color"];
  return Array.from({ length: mesh.isEnabled() ? mesh.thinInstanceCount : 0 }, (_, index) => {
    const [scaling, rotation, position] = [new Vector3(), new Quaternion(), new Vector3()];
    Matrix.FromArray(matrices, 16 * index).decompose(scaling, rotation, position);
    const color = Array.from(colors?.slice(4 * index, 4 * index + 4) ?? []);
    return { mesh: mesh.name, position: rounded(position), scaling: rounded(scaling), rotation, color, alpha: mesh.material?.alpha ?? 1 };
  });
}

function rounded(vector: Vector3): number[] {
  return vector.asArray().map((value) => Math.round(value * 1e5) / 1e5 + 0);
}
