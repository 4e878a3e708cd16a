/**
 * How somebody looks: a figure on the ground with a face, arms and hands, that breathes and blinks.
 *
 * The parts are instances of shared meshes: a kind costs two draw calls, what all kinds share five.
 */

import "@babylonjs/core/Meshes/instancedMesh.js";
import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3, Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { InstancedMesh } from "@babylonjs/core/Meshes/instancedMesh.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { bend } from "../avatars/arm.js";
import { blobShape, bodyShape, boneShape, eyesShape, handShape, headShape, type Kind, KINDS } from "../avatars/shapes.js";
import type { Person } from "../shared.js";
import type { Placement, Pose } from "../wire.gen.js";
import { headingOf } from "../motion/arrival.js";

/** Metres from the eyes down to the neck and to the shoulders, and from the middle to a shoulder. */
const NECK = 0.14;
const SHOULDER = 0.37;
const SHOULDER_WIDE = 0.18;
/** Where a hand hangs that is not tracked: metres aside, down from the eyes, forward. */
const HANGING = [0.36, 0.9, 0.07] as const;
/** The head turns so far without the body (radians). */
const NECK_TURNS = Math.PI / 6;
/** Whose eyes are further above the floor is in the air (metres). */
const TALLEST = 1.95;
const SHADOW_HEIGHT = 0.005;
/** Seconds: until somebody who came is whole, and who left is gone; a breath, from one blink to the next, a blink. */
const COMING = 0.35;
const SMALLEST = 0.01;
const BREATH = 4;
const BLINKING = 4.3;
const BLINK = 0.14;
/** Radians of lean at a metre a second, and at most; how fast it follows, a second. */
const LEAN = 0.04;
const MOST_LEAN = 0.16;
const FOLLOW = 6;

/** Head and hands have the same colour, so much paler. */
const PALE = 0.6;
const PALE_PARTS = /^(head|left|right)/;

/** Their kind of avatar and their colour, `#rrggbb`. */
type Look = Pick<Person, "avatar" | "color">;

type Part = "eyes" | "bone" | "left" | "right" | "shadow" | `${"head" | "body"} ${Kind}`;

/** The meshes that all figures are instances of. */
export class AvatarParts {
  readonly #scene: Scene;
  readonly #sources = new Map<Part, Mesh>();

  constructor(scene: Scene) {
    this.#scene = scene;
    const skin = matte(scene, "avatar");
    for (const kind of KINDS) {
      this.#sources.set(`head ${kind}`, source(headShape(kind, scene), skin, true));
      this.#sources.set(`body ${kind}`, source(bodyShape(kind, scene), skin, true));
    }
    this.#sources.set("eyes", source(eyesShape(scene), skin));
    this.#sources.set("bone", source(boneShape(scene), skin, true));
    this.#sources.set("left", source(handShape("left", scene), skin, true));
    this.#sources.set("right", source(handShape("right", scene), skin, true));
    this.#sources.set("shadow", source(blobShape(scene), shadowMaterial(scene)));
  }

  create(userId: string, look: Look): Avatar {
    return new Avatar(userId, look, this.#scene, (part) => this.#sources.get(part) as Mesh);
  }
}

const shoulder = new Vector3();
const pole = new Vector3();

/** One arm with its hand. */
class Arm {
  readonly #side: number;
  readonly #hand: InstancedMesh;
  readonly #upper: InstancedMesh;
  readonly #lower: InstancedMesh;

  constructor(side: number, hand: InstancedMesh, upper: InstancedMesh, lower: InstancedMesh) {
    this.#side = side;
    this.#hand = hand;
    this.#upper = upper;
    this.#lower = lower;
  }

  /** Reach for the tracked hand, or hang down and swing by so many metres. */
  show([x, y, z]: Pose["position"], yaw: number, tracked: Placement | null | undefined, swing: number): void {
    const sine = Math.sin(yaw);
    const cosine = Math.cos(yaw);
    const aside = this.#side * SHOULDER_WIDE;
    shoulder.set(x + aside * cosine, y - SHOULDER, z - aside * sine);
    if (tracked) {
      place(this.#hand, tracked);
    } else {
      const right = this.#side * HANGING[0];
      const ahead = HANGING[2] + this.#side * swing;
      this.#hand.position.set(x + right * cosine + ahead * sine, y - HANGING[1], z - right * sine + ahead * cosine);
      this.#hand.rotationQuaternion ??= new Quaternion();
      Quaternion.RotationYawPitchRollToRef(yaw, 1.2, 0, this.#hand.rotationQuaternion);
    }
    pole.set(0.3 * this.#side * cosine - 0.7 * sine, -0.6, -0.3 * this.#side * sine - 0.7 * cosine);
    bend(this.#upper, this.#lower, shoulder, this.#hand.position, pole);
  }
}

/** One user's figure. */
export class Avatar {
  readonly #root: TransformNode;
  readonly #head: TransformNode;
  readonly #eyes: InstancedMesh;
  readonly #body: InstancedMesh;
  readonly #shadow: InstancedMesh;
  readonly #arms: readonly [Arm, Arm];
  readonly #phase: number;
  #came: number | undefined;
  #left: number | undefined;
  #drawn: { x: number; z: number; time: number; speed: number } | undefined;

  constructor(userId: string, look: Look, scene: Scene, sourceOf: (part: Part) => Mesh) {
    const color = Color4.FromColor3(Color3.FromHexString(look.color), 1);
    const skin = Color4.Lerp(color, new Color4(1, 0.97, 0.93, 1), PALE);
    const kind = KINDS.find((name) => name === look.avatar) ?? KINDS[0]; // of a server that is newer
    const root = new TransformNode(`user ${userId}`, scene);
    const add = (part: Part, name: string, parent: TransformNode = root): InstancedMesh => {
      const mesh = sourceOf(part).createInstance(`${name} ${userId}`);
      if (part !== "eyes" && part !== "shadow") mesh.instancedBuffers[VertexBuffer.ColorInstanceKind] = PALE_PARTS.test(part) ? skin : color;
      mesh.parent = parent;
      mesh.isPickable = false;
      return mesh;
    };
    this.#root = root;
    this.#phase = (hashOf(userId) % 97) / 7;
    this.#head = new TransformNode(`face ${userId}`, scene);
    this.#head.parent = root;
    add(`head ${kind}`, "head", this.#head);
    this.#eyes = add("eyes", "eyes", this.#head);
    this.#body = add(`body ${kind}`, "body");
    this.#shadow = add("shadow", "shadow");
    const arm = (side: "left" | "right"): Arm =>
      new Arm(side === "left" ? -1 : 1, add(side, "hand"), add("bone", "arm"), add("bone", "arm"));
    this.#arms = [arm("left"), arm("right")];
  }

  /** Stand as `pose` says above a floor, at a time in milliseconds. */
  show(pose: Pose, floor: number, now: number): void {
    const time = now / 1000;
    const [x, y, z] = pose.position;
    const feet = Math.max(floor, y - TALLEST);
    place(this.#head, pose);
    this.#turn(headingOf(pose.rotation));
    const speed = this.#pace(x, z, time);
    const breath = 1 + 0.008 * Math.sin((2 * Math.PI * time) / BREATH + this.#phase);
    this.#body.scaling.set(breath, Math.max(0.1, y - NECK - feet), breath);
    this.#body.position.set(x, feet, z);
    this.#body.rotation.x = Math.min(MOST_LEAN, LEAN * speed);
    this.#shadow.position.set(x, floor + SHADOW_HEIGHT, z);
    const swing = Math.min(0.12, 0.05 * speed) * Math.sin(6 * time + this.#phase);
    this.#arms[0].show(pose.position, this.#body.rotation.y, pose.left, swing);
    this.#arms[1].show(pose.position, this.#body.rotation.y, pose.right, swing);
    this.#eyes.scaling.y = (time + this.#phase) % BLINKING < BLINK ? 0.12 : 1;
    this.#grow(time, x, feet, z);
  }

  /** From now on, in milliseconds, they shrink and are gone soon. */
  leave(now: number): void {
    this.#left ??= now / 1000;
  }

  /** Whether somebody who left is no longer seen. */
  isGone(now: number): boolean {
    return this.#left !== undefined && now / 1000 - this.#left >= COMING;
  }

  dispose(): void {
    this.#root.dispose();
  }

  /** The body comes along when the head has turned far; at first it stands as the head looks. */
  #turn(heading: number): void {
    if (!this.#drawn) this.#body.rotation.y = heading;
    const aside = Math.atan2(
      Math.sin(heading - this.#body.rotation.y),
      Math.cos(heading - this.#body.rotation.y),
    );
    if (Math.abs(aside) > NECK_TURNS) this.#body.rotation.y += aside - Math.sign(aside) * NECK_TURNS;
  }

  /** Metres a second over the ground, smoothed. */
  #pace(x: number, z: number, time: number): number {
    const drawn = (this.#drawn ??= { x, z, time, speed: 0 });
    const seconds = time - drawn.time;
    if (seconds <= 0) return drawn.speed;
    const speed = Math.min(6, Math.hypot(x - drawn.x, z - drawn.z) / seconds);
    drawn.speed += (speed - drawn.speed) * Math.min(1, FOLLOW * seconds);
    drawn.x = x;
    drawn.z = z;
    drawn.time = time;
    return drawn.speed;
  }

  /** A newcomer grows from the place where they stand, and one who leaves shrinks into it. */
  #grow(time: number, x: number, feet: number, z: number): void {
    this.#came ??= time;
    const come = Math.min(1, (time - this.#came) / COMING);
    const stay = this.#left === undefined ? 1 : Math.max(0, 1 - (time - this.#left) / COMING);
    const share = come * stay;
    const size = Math.max(SMALLEST, share * (2 - share));
    this.#root.scaling.setAll(size);
    this.#root.position.set(x * (1 - size), feet * (1 - size), z * (1 - size));
  }
}

/** FNV-1a, so that not all breathe and blink at once. */
function hashOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (const character of userId) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash;
}

function place(node: TransformNode, { position, rotation }: Placement): void {
  node.position.set(position[0], position[1], position[2]);
  node.rotationQuaternion ??= new Quaternion();
  node.rotationQuaternion.set(rotation[0], rotation[1], rotation[2], rotation[3]);
}

function matte(scene: Scene, name: string): StandardMaterial {
  const material = new StandardMaterial(name, scene);
  material.diffuseColor = Color3.White();
  material.specularColor = new Color3(0.1, 0.1, 0.1);
  return material;
}

function shadowMaterial(scene: Scene): StandardMaterial {
  const material = new StandardMaterial("shadow", scene);
  material.disableLighting = true;
  material.diffuseColor = material.specularColor = Color3.Black();
  material.backFaceCulling = false;
  material.zOffset = -2;
  return material;
}

function source(mesh: Mesh, material: StandardMaterial, coloured = false): Mesh {
  mesh.material = material;
  mesh.isVisible = false; // its instances are
  mesh.isPickable = false;
  if (coloured) mesh.registerInstancedBuffer(VertexBuffer.ColorInstanceKind, 4);
  return mesh;
}
