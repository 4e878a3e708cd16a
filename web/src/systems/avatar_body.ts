/**
 * How somebody looks: a figure on the ground with a face, arms and hands, that breathes and blinks.
 *
 * The parts are copies of shared meshes: a kind costs two draw calls, what all kinds share five, and two
 * more while somebody shows fingers. A frame
 * writes their places anew and makes no objects.
 */

import { VertexBuffer } from "@babylonjs/core/Buffers/buffer.js";
import type { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { bend } from "../avatars/arm.js";
import { Copies, createLimb, type Limb } from "../avatars/copies.js";
import { fingerShape, layFingers, palmShape, WRIST } from "../avatars/fingers.js";
import { matte, shadowMaterial } from "../avatars/materials.js";
import { blobShape, bodyShape, boneShape, eyesShape, handShape, headShape, type Kind, KINDS } from "../avatars/shapes.js";
import type { Person, ShownFingers } from "../shared.js";
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

/** Metres from one's own eyes back to the middle of one's body: so one sees its front. */
const BEHIND = 0.16;

/** Head and hands have the same colour, so much paler. */
const PALE = 0.6;
/** The part of their colour that somebody loses while they are away. */
const FADED = 0.7;

/** Their kind of avatar, their colour, `#rrggbb`, whether they are away, and whether nothing comes from them. */
export type Look = Pick<Person, (typeof LOOKS)[number]>;
export const LOOKS = ["avatar", "color", "away", "silent"] as const satisfies readonly (keyof Person)[];

type Part = "eyes" | "bone" | "left" | "right" | "palm" | "finger" | "shadow" | `${"head" | "body"} ${Kind}`;

/** The meshes that all figures are copies of; with an `alpha` below 1 one sees through them. */
export class AvatarParts {
  readonly #parts = new Map<Part, Copies>();

  constructor(scene: Scene, alpha = 1) {
    const skin = matte(scene, "avatar", alpha);
    for (const kind of KINDS) {
      this.#add(`head ${kind}`, headShape(kind, scene), skin);
      this.#add(`body ${kind}`, bodyShape(kind, scene), skin);
    }
    this.#add("eyes", eyesShape(scene), skin);
    this.#add("bone", boneShape(scene), skin);
    this.#add("left", handShape("left", scene), skin);
    this.#add("right", handShape("right", scene), skin);
    this.#add("palm", palmShape(scene), skin);
    this.#add("finger", fingerShape(scene), skin);
    this.#add("shadow", blobShape(scene), shadowMaterial(scene, alpha));
  }

  /** Begin a frame, without any figures. */
  begin(): void {
    for (const copies of this.#parts.values()) copies.begin();
  }

  put(part: Part, limb: Limb, color: Color3): void {
    (this.#parts.get(part) as Copies).put(limb, color);
  }

  /** End a frame. */
  end(): void {
    for (const copies of this.#parts.values()) copies.end();
  }

  #add(part: Part, mesh: Mesh, material: StandardMaterial): void {
    mesh.material = material;
    this.#parts.set(part, new Copies(mesh, VertexBuffer.ColorKind));
  }
}

const WHITE = Color3.White();
const SKIN = new Color3(1, 0.97, 0.93);
const AWAY = new Color3(0.75, 0.77, 0.8);
const shoulder = new Vector3();
const pole = new Vector3();
const wrist = new Vector3();
/** The parts of the figure that is drawn now: used again for the next. */
const head = createLimb();
const eyes = createLimb();
const body = createLimb();
const shadow = createLimb();
const hand = createLimb();
const upper = createLimb();
const lower = createLimb();
/** The point on which it stands, and how large it is. */
const stand = { x: 0, feet: 0, z: 0, size: 1 };

/** One user's figure. */
export class Avatar {
  #look!: Look;
  #head!: Part;
  #body!: Part;
  #color!: Color3;
  #skin!: Color3;
  readonly #phase: number;
  #yaw = 0;
  #came: number | undefined;
  #left: number | undefined;
  #drawn: { x: number; z: number; time: number; speed: number } | undefined;

  constructor(userId: string, look: Look) {
    this.wear(look);
    this.#phase = (hashOf(userId) % 97) / 7;
  }

  get look(): Look {
    return this.#look;
  }

  /** From now on it looks like this; somebody who is away is pale. */
  wear(look: Look): void {
    const { avatar, color, away } = look;
    this.#look = look;
    const kind = KINDS.find((name) => name === avatar) ?? KINDS[0]; // of a server that is newer
    this.#head = `head ${kind}`;
    this.#body = `body ${kind}`;
    const full = Color3.FromHexString(color);
    this.#color = away ? Color3.Lerp(full, AWAY, FADED) : full;
    this.#skin = Color3.Lerp(this.#color, away ? AWAY : SKIN, PALE);
  }

  /** Draw it as `pose` and `fingers` say above a floor, at a time in milliseconds. */
  draw(parts: AvatarParts, pose: Pose, floor: number, now: number, fingers?: ShownFingers): void {
    const time = now / 1000;
    const [x, , z] = pose.position;
    const speed = this.#stand(pose, floor, time);
    place(head, pose);
    head.scaling.setAll(1);
    put(parts, this.#head, head, this.#skin);
    place(eyes, pose);
    const closed = this.#look.away || (time + this.#phase) % BLINKING < BLINK;
    eyes.scaling.set(1, closed ? 0.12 : 1, 1);
    put(parts, "eyes", eyes, WHITE);
    this.#putBody(parts, x, z, pose.position[1], Math.min(MOST_LEAN, LEAN * speed), time);
    shadow.scaling.setAll(1);
    shadow.position.set(x, floor + SHADOW_HEIGHT, z);
    put(parts, "shadow", shadow, WHITE);
    const swing = Math.min(0.12, 0.05 * speed) * Math.sin(6 * time + this.#phase);
    this.#putArm(parts, "left", pose, swing, fingers);
    this.#putArm(parts, "right", pose, swing, fingers);
  }

  /** Draw it for its own person in VR: no head, and no hands where something else is drawn for them. */
  drawOwn(parts: AvatarParts, pose: Pose, floor: number, now: number): void {
    const [x, y, z] = pose.position;
    this.#stand(pose, floor, now / 1000);
    this.#putBody(parts, x - BEHIND * Math.sin(this.#yaw), z - BEHIND * Math.cos(this.#yaw), y, 0, now / 1000);
    if (pose.left) this.#reach(parts, "left", pose, 0);
    if (pose.right) this.#reach(parts, "right", pose, 0);
  }

  /** Note where it stands from now on. Returns its speed. */
  #stand({ position: [x, y, z], rotation }: Pose, floor: number, time: number): number {
    this.#turn(headingOf(rotation));
    stand.size = this.#size(time);
    stand.x = x;
    stand.feet = Math.max(floor, y - TALLEST);
    stand.z = z;
    return this.#pace(x, z, time);
  }

  #putBody(parts: AvatarParts, x: number, z: number, eyeHeight: number, lean: number, time: number): void {
    const breath = 1 + 0.008 * Math.sin((2 * Math.PI * time) / BREATH + this.#phase);
    body.scaling.set(breath, Math.max(0.1, eyeHeight - NECK - stand.feet), breath);
    body.position.set(x, stand.feet, z);
    Quaternion.RotationYawPitchRollToRef(this.#yaw, lean, 0, body.rotationQuaternion);
    put(parts, this.#body, body, this.#color);
  }

  /** From now on, in milliseconds, they shrink and are gone soon. */
  leave(now: number): void {
    this.#left ??= now / 1000;
  }

  /** Whether somebody who left is no longer seen. */
  isGone(now: number): boolean {
    return this.#left !== undefined && now / 1000 - this.#left >= COMING;
  }

  /** An arm with its hand: with fingers where they are known of one that is tracked. */
  #putArm(parts: AvatarParts, side: "left" | "right", pose: Pose, swing: number, fingers?: ShownFingers): void {
    const bends = pose[side] && fingers?.[side];
    this.#reach(parts, side, pose, swing, bends ? WRIST : 0);
    if (bends) {
      for (const bone of layFingers(hand, side, bends)) put(parts, "finger", bone, this.#skin);
    }
    put(parts, bends ? "palm" : side, hand, this.#skin);
  }

  /** Reach for the tracked hand, up to `back` metres behind it, or hang down and swing by so many metres. */
  #reach(parts: AvatarParts, side: "left" | "right", pose: Pose, swing: number, back = 0): void {
    const [x, y, z] = pose.position;
    const way = side === "left" ? -1 : 1;
    const sine = Math.sin(this.#yaw);
    const cosine = Math.cos(this.#yaw);
    const aside = way * SHOULDER_WIDE;
    shoulder.set(x + aside * cosine, y - SHOULDER, z - aside * sine);
    const tracked = pose[side];
    if (tracked) {
      place(hand, tracked);
    } else {
      const right = way * HANGING[0];
      const ahead = HANGING[2] + way * swing;
      hand.position.set(x + right * cosine + ahead * sine, y - HANGING[1], z - right * sine + ahead * cosine);
      Quaternion.RotationYawPitchRollToRef(this.#yaw, 1.2, 0, hand.rotationQuaternion);
    }
    pole.set(0.3 * way * cosine - 0.7 * sine, -0.6, -0.3 * way * sine - 0.7 * cosine);
    hand.scaling.setAll(1);
    upper.scaling.setAll(1);
    lower.scaling.setAll(1);
    wrist.set(0, 0, -back).applyRotationQuaternionInPlace(hand.rotationQuaternion).addInPlace(hand.position);
    bend(upper, lower, shoulder, wrist, pole);
    put(parts, "bone", upper, this.#color);
    put(parts, "bone", lower, this.#color);
  }

  /** The body comes along when the head has turned far; at first it stands as the head looks. */
  #turn(heading: number): void {
    if (!this.#drawn) this.#yaw = heading;
    const aside = Math.atan2(Math.sin(heading - this.#yaw), Math.cos(heading - this.#yaw));
    if (Math.abs(aside) > NECK_TURNS) this.#yaw += aside - Math.sign(aside) * NECK_TURNS;
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

  /** The part of the full size: a newcomer grows, and somebody who leaves shrinks. */
  #size(time: number): number {
    this.#came ??= time;
    const come = Math.min(1, (time - this.#came) / COMING);
    const stay = this.#left === undefined ? 1 : Math.max(0, 1 - (time - this.#left) / COMING);
    const share = come * stay;
    return Math.max(SMALLEST, share * (2 - share));
  }
}

/** Put a part, shrunk towards the point on which its figure stands. */
function put(parts: AvatarParts, part: Part, limb: Limb, color: Color3): void {
  const { x, feet, z, size } = stand;
  const { position, scaling } = limb;
  position.set(x + (position.x - x) * size, feet + (position.y - feet) * size, z + (position.z - z) * size);
  scaling.scaleInPlace(size);
  parts.put(part, limb, color);
}

/** FNV-1a, so that not all breathe and blink at once. */
function hashOf(userId: string): number {
  let hash = 0x811c9dc5;
  for (const character of userId) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash;
}

function place(node: Limb, { position, rotation }: Placement): void {
  node.position.set(position[0], position[1], position[2]);
  node.rotationQuaternion ??= new Quaternion();
  node.rotationQuaternion.set(rotation[0], rotation[1], rotation[2], rotation[3]);
}
