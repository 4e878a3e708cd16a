/** Copies of one mesh in one draw call, put anew in each frame. A frame makes no objects. */

import "@babylonjs/core/Meshes/thinInstanceMesh.js";
import { Matrix, Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";

/** Copies that there is room for at first; then it is doubled. */
const FIRST = 16;

/** The place of a part of a figure. */
export interface Limb {
  readonly position: Vector3;
  rotationQuaternion: Quaternion | null;
  readonly scaling: Vector3;
}

export function createLimb(): Limb & { rotationQuaternion: Quaternion } {
  return { position: new Vector3(), rotationQuaternion: new Quaternion(), scaling: Vector3.One() };
}

const matrix = new Matrix();
const UNTURNED = Quaternion.Identity();

export class Copies {
  /** Sixteen numbers a copy: its world matrix. */
  matrices = new Float32Array(0);
  /** Four numbers a copy, as the shader reads them under `kind`. */
  #extras = new Float32Array(0);
  #extrasChanged = false;
  readonly #mesh: Mesh;
  readonly #kind: string;
  #count = 0;

  constructor(mesh: Mesh, kind: string) {
    this.#mesh = mesh;
    this.#kind = kind;
    mesh.isPickable = false;
    mesh.alwaysSelectAsActiveMesh = true; // its bounds are not kept up to date
    mesh.doNotSyncBoundingInfo = true;
    mesh.freezeWorldMatrix(); // the copies have places, their mesh has none
    this.#grow(FIRST);
    this.end();
  }

  /** Begin a frame, without any copies. */
  begin(): void {
    this.#count = 0;
  }

  /** One more copy; its index in `matrices`, which the caller fills, and for `setExtra`. */
  take(): number {
    if (16 * this.#count === this.matrices.length) this.#grow(2 * this.#count);
    this.#count += 1;
    return this.#count - 1;
  }

  /** One more copy there, in a colour. */
  put({ position, rotationQuaternion, scaling }: Limb, { r, g, b }: { r: number; g: number; b: number }): void {
    const index = this.take();
    Matrix.ComposeToRef(scaling, rotationQuaternion ?? UNTURNED, position, matrix);
    matrix.copyToArray(this.matrices, 16 * index);
    this.setExtra(index, r, g, b, 1);
  }

  /** Four numbers of a copy, as the shader reads them under `kind`. Most are the same as in the frame before. */
  setExtra(index: number, first: number, second: number, third: number, fourth: number): void {
    const extras = this.#extras;
    const at = 4 * index;
    if (
      extras[at] === Math.fround(first) &&
      extras[at + 1] === Math.fround(second) &&
      extras[at + 2] === Math.fround(third) &&
      extras[at + 3] === Math.fround(fourth)
    ) {
      return;
    }
    extras[at] = first;
    extras[at + 1] = second;
    extras[at + 2] = third;
    extras[at + 3] = fourth;
    this.#extrasChanged = true;
  }

  /** End a frame: draw what was put. */
  end(): void {
    this.#mesh.thinInstanceCount = this.#count;
    this.#mesh.setEnabled(this.#count > 0);
    if (this.#count === 0) return;
    this.#mesh.thinInstanceBufferUpdated("matrix");
    if (this.#extrasChanged) this.#mesh.thinInstanceBufferUpdated(this.#kind);
    this.#extrasChanged = false;
  }

  #grow(most: number): void {
    const [matrices, extras] = [this.matrices, this.#extras];
    this.matrices = new Float32Array(16 * most);
    this.#extras = new Float32Array(4 * most);
    this.matrices.set(matrices);
    this.#extras.set(extras);
    this.#mesh.thinInstanceSetBuffer("matrix", this.matrices, 16, false);
    this.#mesh.thinInstanceSetBuffer(this.#kind, this.#extras, 4, false);
  }
}
