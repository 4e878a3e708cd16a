/** A thumbstick as wishes: a push forward that is held and let go, a push to the side that counts once. Pure. */

/** How far a stick is pushed to count, and where it is let go again: 1 is its edge. */
const PUSHED = 0.7;
const LET_GO = 0.3;
/** A stick at rest is not quite in its middle. */
const REST = 0.15;

export class Stick {
  /** Right and down are positive, at most 1; 0 while it rests. */
  x = 0;
  y = 0;
  #held: "forward" | "side" | undefined;

  /** Whether it is held forward. */
  get aims(): boolean {
    return this.#held === "forward";
  }

  /** The stick is there now. Returns -1 or 1 in the moment in which it is pushed to that side, else 0. */
  move(x: number, y: number): number {
    this.x = Math.abs(x) < REST ? 0 : x;
    this.y = Math.abs(y) < REST ? 0 : y;
    if (Math.hypot(x, y) < LET_GO) this.#held = undefined;
    if (this.#held) return 0;
    if (-y > PUSHED && -y > Math.abs(x)) this.#held = "forward";
    else if (Math.abs(x) > PUSHED) {
      this.#held = "side";
      return Math.sign(x);
    }
    return 0;
  }
}
