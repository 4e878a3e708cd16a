/** The visitor's microphone: asked for, encoded to Opus packets, and let go. */

// oxlint-disable-next-line import/default -- vite makes it: the address of the built script
import captureUrl from "./capture_worklet.ts?worker&url";
import { loudness } from "./gate.js";

const RATE = 48_000;
const CONFIG: AudioEncoderConfig = {
  codec: "opus",
  sampleRate: RATE,
  numberOfChannels: 1,
  bitrate: 24_000,
  opus: { frameDuration: 40_000, usedtx: true } as OpusEncoderConfig,
};

export interface MicrophoneEvents {
  /** A packet of 40 ms. */
  readonly onPacket: (sound: Uint8Array<ArrayBuffer>) => void;
  /** The loudness of the next 20 ms. */
  readonly onLevel: (level: number) => void;
  /** It ended by itself: unplugged, or taken away by the browser. */
  readonly onEnd: () => void;
}

/** Whether this browser can encode a voice. */
export async function canTalk(): Promise<boolean> {
  if (!navigator.mediaDevices || !("AudioEncoder" in window)) return false;
  return (await AudioEncoder.isConfigSupported(CONFIG)).supported === true;
}

export class Microphone {
  readonly #stream: MediaStream;
  readonly #audio: AudioContext;
  readonly #encoder: AudioEncoder;
  #samples = 0;

  private constructor(stream: MediaStream, audio: AudioContext, encoder: AudioEncoder) {
    this.#stream = stream;
    this.#audio = audio;
    this.#encoder = encoder;
  }

  /** Ask for the microphone and begin. Throws what `getUserMedia` throws. */
  static async open(deviceId: string, events: MicrophoneEvents): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        ...(deviceId ? { deviceId: { ideal: deviceId } } : {}),
      },
    });
    try {
      return await Microphone.#begin(stream, events);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
  }

  static async #begin(stream: MediaStream, events: MicrophoneEvents): Promise<Microphone> {
    const audio = new AudioContext({ sampleRate: RATE });
    await audio.audioWorklet.addModule(captureUrl);
    const encoder = new AudioEncoder({
      output: (chunk) => {
        const sound = new Uint8Array(chunk.byteLength);
        chunk.copyTo(sound);
        events.onPacket(sound);
      },
      error: (error) => {
        console.error(error);
        events.onEnd();
      },
    });
    encoder.configure(CONFIG);
    const microphone = new Microphone(stream, audio, encoder);
    const capture = new AudioWorkletNode(audio, "capture", { numberOfOutputs: 0 });
    capture.port.addEventListener("message", ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => {
      events.onLevel(loudness(data));
      microphone.#encode(data);
    });
    capture.port.start();
    audio.createMediaStreamSource(stream).connect(capture);
    for (const track of stream.getTracks()) track.addEventListener("ended", events.onEnd);
    return microphone;
  }

  /** The device that it turned out to be. */
  get deviceId(): string {
    return this.#stream.getAudioTracks()[0]?.getSettings().deviceId ?? "";
  }

  /** Let the microphone go: the browser's sign that it is in use goes out. */
  close(): void {
    for (const track of this.#stream.getTracks()) track.stop();
    if (this.#encoder.state !== "closed") this.#encoder.close();
    void this.#audio.close();
  }

  #encode(data: Float32Array<ArrayBuffer>): void {
    if (this.#encoder.state !== "configured") return;
    const timestamp = Math.round((this.#samples / RATE) * 1e6);
    this.#samples += data.length;
    const sound = new AudioData({
      format: "f32-planar",
      sampleRate: RATE,
      numberOfFrames: data.length,
      numberOfChannels: 1,
      timestamp,
      data,
    });
    this.#encoder.encode(sound);
    sound.close();
  }
}
