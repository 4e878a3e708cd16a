/** The arc of a teleport as one sees it: dots in the air, and a ring where one would stand. */

import "@babylonjs/core/Meshes/thinInstanceMesh.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import { CreateTorus } from "@babylonjs/core/Meshes/Builders/torusBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Arc } from "../motion/teleport.js";

const DOTS = 129;
const GOES = Color3.FromHexString("#3fb6ff");
const REFUSED = Color3.FromHexString("#e2674f");
/** Metres of the ring above the floor. */
const ABOVE = 0.03;

export class AimSign {
  readonly #dots: Mesh;
  readonly #ring: Mesh;
  readonly #material: StandardMaterial;
  readonly #matrices = new Float32Array(16 * DOTS);

  constructor(scene: Scene) {
    this.#material = new StandardMaterial("aim", scene);
    this.#material.disableLighting = true;
    this.#dots = CreateSphere("aim", { diameter: 0.025, segments: 3 }, scene);
    this.#ring = CreateTorus("aim ring", { diameter: 0.6, thickness: 0.04, tessellation: 32 }, scene);
    for (let dot = 0; dot < DOTS; dot += 1) {
      for (const diagonal of [0, 5, 10, 15]) this.#matrices[16 * dot + diagonal] = 1;
    }
    this.#dots.thinInstanceSetBuffer("matrix", this.#matrices, 16, false);
    this.#dots.alwaysSelectAsActiveMesh = true; // its bounds are those of one dot
    for (const mesh of [this.#dots, this.#ring]) {
      mesh.material = this.#material;
      mesh.isPickable = false;
      mesh.applyFog = false;
    }
    this.hide();
  }

  show(arc: Arc): void {
    for (let dot = 0; dot < arc.count; dot += 1) {
      const at = 16 * dot + 12;
      for (let part = 0; part < 3; part += 1) this.#matrices[at + part] = arc.points[3 * dot + part] as number;
    }
    this.#dots.thinInstanceCount = arc.count;
    this.#dots.thinInstanceBufferUpdated("matrix");
    this.#dots.setEnabled(arc.count > 0);
    this.#ring.setEnabled(arc.lands);
    this.#ring.position.set(arc.x, arc.y + ABOVE, arc.z);
    this.#material.emissiveColor = arc.lands ? GOES : REFUSED;
  }

  hide(): void {
    this.#dots.setEnabled(false);
    this.#ring.setEnabled(false);
  }
}
