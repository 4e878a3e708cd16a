/** How somebody looks: a head with a face, a body below it, and hands where they are tracked. */

import "@babylonjs/core/Meshes/instancedMesh.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3, Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Quaternion } from "@babylonjs/core/Maths/math.vector.js";
import { CreateCapsule } from "@babylonjs/core/Meshes/Builders/capsuleBuilder.js";
import { CreateDisc } from "@babylonjs/core/Meshes/Builders/discBuilder.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import type { InstancedMesh } from "@babylonjs/core/Meshes/instancedMesh.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Placement, Pose } from "../messages.js";
import { shadowMaterial } from "../shadows.js";

/** Metres from the eyes down to the middle of the body. */
const BODY_BELOW = 0.6;
const SHADOW_HEIGHT = 0.005;

/** The meshes that all avatars are instances of, so that a crowd costs five draw calls. */
export class AvatarParts {
  readonly #scene: Scene;
  readonly #head: Mesh;
  readonly #visor: Mesh;
  readonly #eye: Mesh;
  readonly #body: Mesh;
  readonly #hand: Mesh;
  readonly #shadow: Mesh;

  constructor(scene: Scene) {
    this.#scene = scene;
    const skin = matte(scene, "avatar", Color3.White());
    const dark = matte(scene, "visor", new Color3(0.1, 0.12, 0.16));
    const light = matte(scene, "eye", new Color3(0.95, 0.97, 1));
    light.emissiveColor = new Color3(0.5, 0.5, 0.5);
    const ball = { diameterX: 0.27, diameterY: 0.3, diameterZ: 0.28, segments: 20 };
    this.#head = source(CreateSphere("head", ball, scene), skin, true);
    const mask = { diameterX: 0.21, diameterY: 0.12, diameterZ: 0.12, segments: 16 };
    this.#visor = source(CreateSphere("visor", mask, scene), dark);
    this.#eye = source(CreateSphere("eye", { diameter: 0.035, segments: 10 }, scene), light);
    const torso = { height: 0.78, radiusTop: 0.12, radiusBottom: 0.21, tessellation: 24 };
    this.#body = source(CreateCapsule("body", torso, scene), skin, true);
    const fist = { diameterX: 0.08, diameterY: 0.06, diameterZ: 0.13, segments: 12 };
    this.#hand = source(CreateSphere("hand", fist, scene), skin, true);
    this.#shadow = source(CreateDisc("blob", { radius: 0.3, tessellation: 32 }, scene), shadowMaterial(scene));
  }

  create(userId: string): Avatar {
    return new Avatar(userId, this.#scene, {
      head: this.#head,
      visor: this.#visor,
      eye: this.#eye,
      body: this.#body,
      hand: this.#hand,
      shadow: this.#shadow,
    });
  }
}

type Sources = Readonly<Record<"head" | "visor" | "eye" | "body" | "hand" | "shadow", Mesh>>;

/** One user's figure. */
export class Avatar {
  readonly #root: TransformNode;
  readonly #head: TransformNode;
  readonly #body: InstancedMesh;
  readonly #shadow: InstancedMesh;
  readonly #left: InstancedMesh;
  readonly #right: InstancedMesh;

  constructor(userId: string, scene: Scene, sources: Sources) {
    const color = Color4.FromColor3(userColor(userId), 1);
    const root = new TransformNode(`user ${userId}`, scene);
    const add = (part: keyof Sources, parent: TransformNode): InstancedMesh => {
      const mesh = sources[part].createInstance(`${part} ${userId}`);
      if (["head", "body", "hand"].includes(part)) mesh.instancedBuffers["color"] = color;
      mesh.parent = parent;
      mesh.isPickable = false;
      return mesh;
    };
    this.#root = root;
    this.#head = new TransformNode(`face ${userId}`, scene);
    this.#head.parent = root;
    add("head", this.#head);
    add("visor", this.#head).position.set(0, 0.02, 0.1);
    add("eye", this.#head).position.set(-0.045, 0.03, 0.148);
    add("eye", this.#head).position.set(0.045, 0.03, 0.148);
    this.#body = add("body", root);
    this.#shadow = add("shadow", root);
    this.#shadow.rotation.x = Math.PI / 2;
    this.#left = add("hand", root);
    this.#right = add("hand", root);
  }

  /** Stand as `pose` says. */
  show(pose: Pose): void {
    place(this.#head, pose);
    const [x, y, z] = pose.position;
    this.#body.position.set(x, y - BODY_BELOW, z);
    this.#body.rotation.y = yaw(pose);
    this.#shadow.position.set(x, SHADOW_HEIGHT, z);
    this.#shadow.setEnabled(y > 0);
    placeHand(this.#left, pose.left);
    placeHand(this.#right, pose.right);
  }

  dispose(): void {
    this.#root.dispose();
  }
}

/** The same colour for a user in every browser: a hue from a hash (FNV-1a) of the id. */
export function userColor(userId: string): Color3 {
  let hash = 0x811c9dc5;
  for (const character of userId) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return Color3.FromHSV(hash % 360, 0.62, 0.9);
}

function place(node: TransformNode, { position, rotation }: Placement): void {
  node.position.set(...position);
  node.rotationQuaternion ??= new Quaternion();
  node.rotationQuaternion.set(...rotation);
}

function placeHand(node: TransformNode, hand: Placement | null | undefined): void {
  node.setEnabled(Boolean(hand));
  if (hand) place(node, hand);
}

/** Which way the head faces seen from above; steady also when it looks up or down. */
function yaw({ rotation: [x, y, z, w] }: Placement): number {
  return Math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y));
}

function matte(scene: Scene, name: string, color: Color3): StandardMaterial {
  const material = new StandardMaterial(name, scene);
  material.diffuseColor = color;
  material.specularColor = new Color3(0.08, 0.08, 0.08);
  return material;
}

function source(mesh: Mesh, material: StandardMaterial, coloured = false): Mesh {
  mesh.material = material;
  mesh.isVisible = false; // its instances are
  mesh.isPickable = false;
  if (coloured) mesh.registerInstancedBuffer("color", 4);
  return mesh;
}
