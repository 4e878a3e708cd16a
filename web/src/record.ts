/** The binary pose record. docs/protocol.md describes it; xr/wire/record.py is the server's half. */

import {
  HANDS,
  LEFT,
  LIMIT,
  PLACEMENT,
  type Placement,
  type Pose,
  type Quat,
  RIGHT,
  STEPS,
  UNITS,
} from "./wire.gen.js";

const SCALE = STEPS * Math.SQRT2;

/** The record that a client pushes in a binary `i_moved`: kind, head, and hands if there are any. */
export function packPush(pose: Pose): ArrayBuffer {
  const { left, right } = pose;
  if (!left && !right) {
    const head = new DataView(new ArrayBuffer(1 + PLACEMENT));
    packPlacement(head, 1, pose);
    return head.buffer;
  }
  const view = new DataView(new ArrayBuffer(1 + 3 * PLACEMENT));
  view.setUint8(0, HANDS | (left ? LEFT : 0) | (right ? RIGHT : 0));
  packPlacement(view, 1, pose);
  if (left) packPlacement(view, 1 + PLACEMENT, left);
  if (right) packPlacement(view, 1 + 2 * PLACEMENT, right);
  return view.buffer;
}

/** Read the records from `offset` on: each user's `n` and pose. A cut-off record throws RangeError. */
export function unpackPoses(data: ArrayBuffer, offset = 0): [number, Pose][] {
  const view = new DataView(data);
  const poses: [number, Pose][] = [];
  while (offset < view.byteLength) {
    const kind = view.getUint8(offset);
    const number = view.getUint16(offset + 1, true);
    const head = unpackPlacement(view, offset + 3);
    offset += 3 + PLACEMENT;
    if (kind & HANDS) {
      const left = kind & LEFT ? unpackPlacement(view, offset) : null;
      const right = kind & RIGHT ? unpackPlacement(view, offset + PLACEMENT) : null;
      offset += 2 * PLACEMENT;
      if (offset > view.byteLength) throw new RangeError("a poses frame is cut off");
      poses.push([number, { ...head, left, right }]);
    } else {
      poses.push([number, head]);
    }
  }
  return poses;
}

function packPlacement(view: DataView, offset: number, placement: Placement): void {
  placement.position.forEach((metres, axis) => {
    const units = Math.round(Math.max(-LIMIT, Math.min(LIMIT, metres)) * UNITS);
    view.setUint16(offset + 3 * axis, units & 0xffff, true);
    view.setInt8(offset + 3 * axis + 2, units >> 16);
  });
  view.setUint32(offset + 9, packRotation(placement.rotation), true);
}

function unpackPlacement(view: DataView, offset: number): Placement {
  const metres = (at: number): number =>
    ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / UNITS;
  return {
    position: [metres(offset), metres(offset + 3), metres(offset + 6)],
    rotation: unpackRotation(view.getUint32(offset + 9, true)),
  };
}

/** Smallest three: the largest component's index, then the others as ten bits each. */
function packRotation(rotation: Quat): number {
  const sizes = rotation.map(Math.abs);
  const largest = sizes.indexOf(Math.max(...sizes));
  const scale = (rotation[largest] ?? 1) < 0 ? -SCALE : SCALE;
  let bits = largest;
  rotation.forEach((component, index) => {
    if (index === largest) return;
    const steps = Math.max(-STEPS, Math.min(STEPS, Math.round(component * scale)));
    bits = bits * 1024 + steps + STEPS; // not <<, which is signed at 32 bits
  });
  return bits;
}

function unpackRotation(bits: number): Quat {
  const component = (shift: number): number => (((bits >>> shift) & 1023) - STEPS) / SCALE;
  const [a, b, c] = [component(20), component(10), component(0)];
  const rest = Math.sqrt(Math.max(0, 1 - a * a - b * b - c * c));
  const length = Math.hypot(a, b, c, rest);
  const unit = [a / length, b / length, c / length];
  unit.splice(bits >>> 30, 0, rest / length);
  return unit as unknown as Quat;
}
