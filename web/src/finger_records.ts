/** The binary records of bent fingers. docs/protocol.md describes them; xr/features/fingers.py is the server's half. */

import { type FingersBent, LEFT, RIGHT } from "./wire.gen.js";

/** Thumb to little finger, each 0 (straight) to 255 (as in a fist). */
export type Bends = NonNullable<FingersBent["left"]>;

const FINGERS = 5;

/** Read the records of a frame. A cut-off record throws RangeError. */
export function unpackFingers(data: ArrayBuffer): Omit<FingersBent, "user_id">[] {
  const view = new DataView(data);
  const found: Omit<FingersBent, "user_id">[] = [];
  let offset = 0;
  const hand = (): Bends => {
    const bends = Array.from({ length: FINGERS }, (_, finger) => view.getUint8(offset + finger));
    offset += FINGERS;
    return bends as unknown as Bends;
  };
  while (offset < view.byteLength) {
    const n = view.getUint16(offset, true);
    const hands = view.getUint8(offset + 2);
    offset += 3;
    found.push({ n, left: hands & LEFT ? hand() : null, right: hands & RIGHT ? hand() : null });
  }
  return found;
}
