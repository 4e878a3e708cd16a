/** Bytes ↔ the hexadecimal text of the golden file. */

export function toHex(data: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(data), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text: string): ArrayBuffer {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer;
}
