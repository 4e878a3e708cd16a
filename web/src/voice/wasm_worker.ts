/** In a worker: libopus for each port that comes, until null comes from it. */

import { Application, createDecoder, createEncoder, Signal } from "libopus-wasm";
import { BITRATE, type Packet, RATE, type Samples } from "./codec.js";
import { Pieces } from "./pieces.js";
import type { Kind } from "./wasm_codec.js";

/** Samples of a packet. */
const PACKET = 0.04 * RATE;
/** How hard the encoder tries, 0–10: more is hardly heard at this bitrate, and phones get hot. */
const COMPLEXITY = 5;
/** Data that waits until a codec is made. When full, the oldest goes. */
const WAITING = 25;

interface Codec {
  put(data: Samples | Packet): Samples | Packet | undefined;
  free(): void;
}

self.addEventListener("message", ({ data, ports: [port] }: MessageEvent<Kind>) => {
  if (port) void serve(port, data);
});

async function serve(port: MessagePort, kind: Kind): Promise<void> {
  const waiting: (Samples | Packet | null)[] = [];
  let codec: Codec | undefined;
  const take = (data: Samples | Packet | null): void => {
    try {
      const made = data ? codec?.put(data) : end();
      if (made) port.postMessage(made);
    } catch (error) {
      port.postMessage(String(error));
    }
  };
  const end = (): undefined => {
    codec?.free();
    codec = undefined;
    port.close();
    return undefined;
  };
  port.addEventListener("message", ({ data }: MessageEvent<Samples | Packet | null>) => {
    if (codec) take(data);
    else if (waiting.push(data) > WAITING) waiting.shift();
  });
  port.start();
  try {
    codec = kind === "encoder" ? await encoder() : await decoder();
    waiting.forEach(take);
  } catch (error) {
    port.postMessage(String(error));
  }
}

async function encoder(): Promise<Codec> {
  const opus = await createEncoder({
    channels: 1,
    sampleRate: RATE,
    frameSize: PACKET,
    application: Application.Voip,
    signal: Signal.Voice,
    bitrate: BITRATE,
    complexity: COMPLEXITY,
    dtx: true,
  });
  const pieces = new Pieces(PACKET);
  return {
    put: (samples) => {
      const piece = pieces.add(samples as Samples);
      return piece && new Uint8Array(opus.encodeFloat(piece));
    },
    free: () => opus.free(),
  };
}

async function decoder(): Promise<Codec> {
  const opus = await createDecoder({ channels: 1, sampleRate: RATE });
  return { put: (packet) => new Float32Array(opus.decodeFloat(packet as Packet)), free: () => opus.free() };
}
