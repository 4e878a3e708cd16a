/**
 * Opus from sound and back: by the browser where it can, else by a library in WebAssembly, which is
 * loaded only then. Sound is mono of 48,000 samples a second; a packet is 40 ms.
 */

export const RATE = 48_000;
export const BITRATE = 24_000;

const ENCODER: AudioEncoderConfig = {
  codec: "opus",
  sampleRate: RATE,
  numberOfChannels: 1,
  bitrate: BITRATE,
  opus: { frameDuration: 40_000, usedtx: true } as OpusEncoderConfig,
};
const DECODER: AudioDecoderConfig = { codec: "opus", sampleRate: RATE, numberOfChannels: 1 };
/** A packet of silence; a decoder that works makes 20 ms of it. */
const SILENCE = new Uint8Array([0xf8, 0xff, 0xfe]);
/** Milliseconds that a decoder has for it. */
const PATIENCE = 1000;
/** Packets that wait for a decoder. When full a further one is dropped. */
const WAITING = 10;

export type Samples = Float32Array<ArrayBuffer>;
export type Packet = Uint8Array<ArrayBuffer>;

/** Takes one kind of data and gives the other to the call that it was made with. */
export interface Codec<Data> {
  put(data: Data): void;
  close(): void;
}

/** `fail` is called when it has ended by itself. */
export type MakeCodec<From, To> = (give: (data: To) => void, fail: (error: unknown) => void) => Codec<From>;

/** The way to make encoders in this browser. Throws where the library cannot be loaded. */
export async function encoders(): Promise<MakeCodec<Samples, Packet>> {
  return (await canEncode()) ? encodeByBrowser : (await import("./wasm_codec.js")).encode;
}

/** The way to make decoders in this browser. Throws where the library cannot be loaded. */
export async function decoders(): Promise<MakeCodec<Packet, Samples>> {
  return (await canDecode()) ? decodeByBrowser : (await import("./wasm_codec.js")).decode;
}

async function canEncode(): Promise<boolean> {
  return "AudioEncoder" in window && (await supports(AudioEncoder.isConfigSupported(ENCODER)));
}

/** Some browsers say that they can, and then give no sound: so they are tried. */
async function canDecode(): Promise<boolean> {
  if (!("AudioDecoder" in window) || !(await supports(AudioDecoder.isConfigSupported(DECODER)))) return false;
  return new Promise((resolve) => {
    const decoder = decodeByBrowser(
      (samples) => resolve(samples.length > 0),
      () => resolve(false),
    );
    decoder.put(SILENCE);
    setTimeout(() => {
      resolve(false);
      decoder.close();
    }, PATIENCE);
  });
}

function supports(asked: Promise<{ supported?: boolean }>): Promise<boolean> {
  return asked.then(({ supported }) => supported === true).catch(() => false);
}

const encodeByBrowser: MakeCodec<Samples, Packet> = (give, fail) => {
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const packet = new Uint8Array(chunk.byteLength);
      chunk.copyTo(packet);
      give(packet);
    },
    error: fail,
  });
  encoder.configure(ENCODER);
  let count = 0;
  return {
    put: (data) => {
      if (encoder.state !== "configured") return;
      const timestamp = Math.round((count / RATE) * 1e6);
      count += data.length;
      const sound = new AudioData({
        format: "f32-planar",
        sampleRate: RATE,
        numberOfFrames: data.length,
        numberOfChannels: 1,
        timestamp,
        data,
      });
      encoder.encode(sound);
      sound.close();
    },
    close: () => {
      if (encoder.state !== "closed") encoder.close();
    },
  };
};

const decodeByBrowser: MakeCodec<Packet, Samples> = (give, fail) => {
  const decoder = new AudioDecoder({
    output: (data) => {
      const samples = new Float32Array(data.numberOfFrames);
      data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      data.close();
      give(samples);
    },
    error: fail,
  });
  decoder.configure(DECODER);
  let count = 0;
  return {
    put: (data) => {
      if (decoder.state !== "configured" || decoder.decodeQueueSize > WAITING) return;
      count += 1;
      decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: count * 40_000, data }));
    },
    close: () => {
      if (decoder.state !== "closed") decoder.close();
    },
  };
};
