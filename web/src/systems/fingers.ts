/** The fingers of tracked hands: ours are told when they have moved, those of others follow smoothly. */

import { filter } from "rxjs";
import type { Bends } from "../finger_records.js";
import type { Fingers, ShownFingers } from "../shared.js";
import type { Context } from "../system.js";
import { Refusal, type Wire } from "../wire.js";

/** Milliseconds between two states that are told, and until another try of one that was refused. */
export const PERIOD = 100;
const AGAIN = 1000;
/** Smaller changes are not told: 255 is from straight to a fist. */
export const STEP = 6;
/** Milliseconds in which a finger comes two thirds of its way. */
const FOLLOW = 70;
const MOST = 255;

const NONE: Fingers = { left: null, right: null };
const SIDES = ["left", "right"] as const;

/** Show the fingers of the others, and tell ours. `now` gives milliseconds. */
export function fingers(context: Context, now: () => number = () => performance.now()): void {
  const { page, world, shared, wire } = context;
  const teller = new Teller(wire);
  shared.$fingers.subscribe((own) => teller.offer(own));
  wire.$joined.subscribe(() => teller.joined());

  const others = new Map<string, Followed>();
  const drop = (userId: string): void => {
    others.delete(userId);
    shared.fingers.delete(userId);
  };
  wire.on("user_snapshot").subscribe(() => {
    for (const userId of others.keys()) drop(userId); // those who have any are told anew
  });
  wire.on("user_left").subscribe(({ user_id }) => drop(user_id));
  wire.on("fingers_bent").pipe(filter(({ user_id }) => user_id !== page.userId)).subscribe((bent) => {
    if (!bent.left && !bent.right) {
      drop(bent.user_id);
      return;
    }
    const known = others.get(bent.user_id) ?? new Followed();
    others.set(bent.user_id, known);
    shared.fingers.set(bent.user_id, known);
    for (const side of SIDES) known.bend(side, bent[side]);
  });
  let before = now();
  world.scene.onBeforeRenderObservable.add(() => {
    const time = now();
    const share = 1 - Math.exp((before - time) / FOLLOW);
    before = time;
    for (const other of others.values()) other.follow(share);
  });
}

/** The fingers of one of the others, on their way to what was told last. */
class Followed implements ShownFingers {
  left: Float32Array | null = null;
  right: Float32Array | null = null;
  readonly #targets = { left: new Float32Array(5), right: new Float32Array(5) };

  /** From now on a hand goes there; one that was not seen before is there at once. */
  bend(side: "left" | "right", bends: Bends | null): void {
    if (!bends) {
      this[side] = null;
      return;
    }
    bends.forEach((bend, finger) => (this.#targets[side][finger] = bend / MOST));
    this[side] ??= this.#targets[side].slice();
  }

  /** Come so much nearer. */
  follow(share: number): void {
    approach(this.left, this.#targets.left, share);
    approach(this.right, this.#targets.right, share);
  }
}

function approach(shown: Float32Array | null, target: Float32Array, share: number): void {
  if (!shown) return;
  for (let finger = 0; finger < shown.length; finger += 1) {
    const bend = shown[finger] as number;
    shown[finger] = bend + ((target[finger] as number) - bend) * share;
  }
}

/** Tells the server how our own fingers are bent, one state after the other. */
class Teller {
  readonly #wire: Wire;
  #newest = NONE;
  /** The state that the server has of us; undefined if that is not known. */
  #told: Fingers | undefined = NONE;
  #busy = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  offer(own: Fingers): void {
    this.#newest = own;
    this.#try();
  }

  /** The room may be a fresh one, or still have what we told before the line broke. */
  joined(): void {
    if (this.#told !== NONE) this.#told = undefined;
    this.#try();
  }

  #try(): void {
    const joined = this.#wire.$connection.value.state === "joined";
    if (!joined || this.#busy || (this.#told && !differ(this.#told, this.#newest))) return;
    this.#busy = true;
    void this.#tell(this.#newest);
  }

  async #tell(own: Fingers): Promise<void> {
    try {
      await Promise.all([this.#wire.push("bend_fingers", own), pause(PERIOD)]);
      this.#told = own;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#told = undefined;
      await pause(AGAIN);
    }
    this.#busy = false;
    this.#try();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

function differ(one: Fingers, other: Fingers): boolean {
  return SIDES.some((side) => {
    const [a, b] = [one[side], other[side]];
    if (!a || !b) return a !== b;
    return a.some((bend, finger) => Math.abs(bend - (b[finger] as number)) >= STEP);
  });
}
