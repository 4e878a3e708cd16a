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
  extras = new Float32Array(0);
  readonly #mesh: Mesh;
  readonly #kind: string;
  #count = 0;

  constructor(mesh: Mesh, kind: string) {
    this.#mesh = mesh;
    this.#kind = kind;
    mesh.isPickable = false;
    mesh.alwaysSelectAsActiveMesh = true; // its bounds are not kept up to date
    mesh.doNotSyncBoundingInfo = true;
    this.#grow(FIRST);
    this.end();
  }

  /** Begin a frame, without any copies. */
  begin(): void {
    this.#count = 0;
  }

  /** One more copy; its index in `matrices` and `extras`, which the caller fills. */
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
    this.extras[4 * index] = r;
    this.extras[4 * index + 1] = g;
    this.extras[4 * index + 2] = b;
    this.extras[4 * index + 3] = 1;
  }

  /** End a frame: draw what was put. */
  end(): void {
    this.#mesh.thinInstanceCount = this.#count;
    this.#mesh.setEnabled(this.#count > 0);
    if (this.#count === 0) return;
    this.#mesh.thinInstanceBufferUpdated("matrix");
    this.#mesh.thinInstanceBufferUpdated(this.#kind);
  }

  #grow(most: number): void {
    const { matrices, extras } = this;
    this.matrices = new Float32Array(16 * most);
    this.extras = new Float32Array(4 * most);
    this.matrices.set(matrices);
    this.extras.set(extras);
    this.#mesh.thinInstanceSetBuffer("matrix", this.matrices, 16, false);
    this.#mesh.thinInstanceSetBuffer(this.#kind, this.extras, 4, false);
  }
}
