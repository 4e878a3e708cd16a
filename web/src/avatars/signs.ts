/**
 * Signs in the room that face who looks at them: each is one part of a picture, and all together are
 * one draw call. They are hidden by what stands before them. No object is made in a frame.
 */

import "@babylonjs/core/Shaders/ShadersInclude/instancesDeclaration.js";
import "@babylonjs/core/Shaders/ShadersInclude/instancesVertex.js";
import type { BaseTexture } from "@babylonjs/core/Materials/Textures/baseTexture.js";
import { ShaderMaterial } from "@babylonjs/core/Materials/shaderMaterial.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { VertexData } from "@babylonjs/core/Meshes/mesh.vertexData.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Cell } from "./picture.js";
import { Copies } from "./copies.js";

const VERTEX = `
precision highp float;
attribute vec3 position;
attribute vec4 cell;
uniform mat4 viewProjection;
varying vec2 at;
#include<instancesDeclaration>
void main() {
  #include<instancesVertex>
  gl_Position = viewProjection * finalWorld * vec4(position, 1.0);
  at = cell.xy + (position.xy + vec2(0.5, 0.0)) * cell.zw;
}`;

const FRAGMENT = `
precision highp float;
varying vec2 at;
uniform sampler2D picture;
void main() {
  gl_FragColor = texture2D(picture, at);
  if (gl_FragColor.a < 0.02) discard;
}`;

/** Metres from the eyes to a name, above the ears of a fox. */
export const NAME_ABOVE = 0.42;
/** A name is as high as this part of its distance, so that it can be read at ten metres; within limits in metres. */
const SHARE = 0.03;
const LOWEST = 0.11;
const HIGHEST = 0.42;

/** The height of a name that is so many metres away. */
export function nameHeight(away: number): number {
  return Math.min(HIGHEST, Math.max(LOWEST, SHARE * away));
}

/** A point in the room. */
interface Point {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export class Signs {
  readonly #copies: Copies;
  readonly #eye = { x: 0, y: 0, z: 0 };

  constructor(texture: BaseTexture, scene: Scene) {
    const mesh = quad(scene);
    mesh.material = material(texture, scene);
    this.#copies = new Copies(mesh, "cell");
  }

  /** Begin a frame, seen from `eye`. */
  begin({ x, y, z }: Point): void {
    this.#copies.begin();
    this.#eye.x = x;
    this.#eye.y = y;
    this.#eye.z = z;
  }

  /**
   * Put a sign above a point. It is `height` metres high, stands upright, and is moved by so many
   * metres to the right, as seen by who looks, and upwards.
   */
  put(cell: Cell, point: readonly number[], height: number, right: number, up: number): void {
    const [x = 0, y = 0, z = 0] = point;
    const away = Math.hypot(x - this.#eye.x, z - this.#eye.z) || 1e-6;
    const aheadX = (x - this.#eye.x) / away;
    const aheadZ = (z - this.#eye.z) / away;
    const width = height * cell.aspect;
    const index = this.#copies.take();
    const at = 16 * index;
    const matrix = this.#copies.matrices;
    matrix[at] = width * aheadZ;
    matrix[at + 2] = -width * aheadX;
    matrix[at + 5] = height;
    matrix[at + 8] = aheadX;
    matrix[at + 10] = aheadZ;
    matrix[at + 12] = x + right * aheadZ;
    matrix[at + 13] = y + up;
    matrix[at + 14] = z - right * aheadX;
    matrix[at + 15] = 1;
    this.#copies.setExtra(index, cell.u, cell.v, cell.width, cell.height);
  }

  /** End a frame: draw what was put. */
  end(): void {
    this.#copies.end();
  }
}

/** A square that stands on the origin. */
function quad(scene: Scene): Mesh {
  const mesh = new Mesh("signs", scene);
  const data = new VertexData();
  data.positions = [-0.5, 0, 0, 0.5, 0, 0, 0.5, 1, 0, -0.5, 1, 0];
  data.indices = [0, 1, 2, 0, 2, 3];
  data.applyToMesh(mesh);
  return mesh;
}

function material(texture: BaseTexture, scene: Scene): ShaderMaterial {
  const made = new ShaderMaterial("signs", scene, { vertexSource: VERTEX, fragmentSource: FRAGMENT }, {
    attributes: ["position", "cell"],
    uniforms: ["world", "viewProjection"],
    samplers: ["picture"],
    needAlphaBlending: true,
  });
  made.setTexture("picture", texture);
  made.backFaceCulling = false;
  made.forceDepthWrite = true; // a near one hides those behind it, in whichever order they are drawn
  return made;
}
