/** Packets of voice on the wire; docs/voice.md has their layout. */

/** The microphone was switched on with this packet, or off. */
export const BEGINS = 1;
export const ENDS = 2;
/** Bytes of an Opus packet that the server takes. */
export const LONGEST_PACKET = 250;

const PUSH_HEAD = 4;
const RECORD_HEAD = 6;

/** A packet as it comes; `sound` may be empty. */
export interface VoiceRecord {
  /** The talker's number. */
  readonly n: number;
  readonly seq: number;
  readonly flags: number;
  readonly sound: Uint8Array<ArrayBuffer>;
}

/** A push. `level` is the loudness, 0–1. */
export function packVoice(seq: number, flags: number, level: number, sound: Uint8Array): ArrayBuffer {
  const data = new Uint8Array(PUSH_HEAD + sound.length);
  new DataView(data.buffer).setUint16(0, seq & 0xffff, true);
  data[2] = flags;
  data[3] = Math.round(255 * Math.min(1, Math.max(0, level)));
  data.set(sound, PUSH_HEAD);
  return data.buffer;
}

/** The records of a frame, in order. Throws a RangeError if it is cut off. */
export function unpackVoices(data: ArrayBuffer): VoiceRecord[] {
  const view = new DataView(data);
  const records: VoiceRecord[] = [];
  for (let offset = 0; offset < data.byteLength; ) {
    const size = view.getUint8(offset + 5);
    records.push({
      n: view.getUint16(offset, true),
      seq: view.getUint16(offset + 2, true),
      flags: view.getUint8(offset + 4),
      sound: new Uint8Array(data, offset + RECORD_HEAD, size),
    });
    offset += RECORD_HEAD + size;
  }
  return records;
}
