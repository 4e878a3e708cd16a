/** The visitor's microphone: asked for, encoded to Opus packets, and let go. */

// oxlint-disable-next-line import/default -- vite makes it: the address of the built script
import captureUrl from "./capture_worklet.ts?worker&url";
import { type Codec, encoders, type Packet, RATE, type Samples } from "./codec.js";
import { loudness } from "./gate.js";
import { resample } from "./resample.js";

export interface MicrophoneEvents {
  /** A packet of 40 ms. */
  readonly onPacket: (sound: Packet) => void;
  /** The loudness of the next 20 ms. */
  readonly onLevel: (level: number) => void;
  /** It ended by itself: unplugged, or taken away by the browser. */
  readonly onEnd: () => void;
}

/** Why there is no microphone on this page; "" where one can be asked for. */
export function whyNoMicrophone(): string {
  if (!window.isSecureContext) return "Browsers give a microphone to https pages only.";
  return navigator.mediaDevices ? "" : "This browser has no microphone for pages; you can listen.";
}

export class Microphone {
  readonly #stream: MediaStream;
  readonly #audio: AudioContext;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #capture: AudioWorkletNode;
  readonly #encoder: Codec<Samples>;

  private constructor(stream: MediaStream, audio: AudioContext, encoder: Codec<Samples>) {
    this.#stream = stream;
    this.#audio = audio;
    this.#encoder = encoder;
    this.#source = audio.createMediaStreamSource(stream);
    this.#capture = new AudioWorkletNode(audio, "capture", { numberOfOutputs: 0 });
  }

  /** Ask for the microphone and begin, in the page's audio. Throws what `getUserMedia` throws. */
  static async open(audio: AudioContext, deviceId: string, events: MicrophoneEvents): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        ...(deviceId ? { deviceId: { ideal: deviceId } } : {}),
      },
    });
    try {
      return await Microphone.#begin(audio, stream, events);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
  }

  static async #begin(audio: AudioContext, stream: MediaStream, events: MicrophoneEvents): Promise<Microphone> {
    const [encode] = await Promise.all([encoders(), audio.audioWorklet.addModule(captureUrl)]);
    const encoder = encode(events.onPacket, (error) => {
      console.error(error);
      events.onEnd();
    });
    const microphone = new Microphone(stream, audio, encoder);
    microphone.#listen(events);
    return microphone;
  }

  #listen({ onLevel, onEnd }: MicrophoneEvents): void {
    this.#capture.port.addEventListener("message", ({ data }: MessageEvent<Samples>) => {
      onLevel(loudness(data));
      this.#encoder.put(resample(data, this.#audio.sampleRate, RATE));
    });
    this.#capture.port.start();
    this.#source.connect(this.#capture);
    for (const track of this.#stream.getTracks()) track.addEventListener("ended", onEnd);
  }

  /** Let the microphone go: the browser's sign that it is in use goes out. */
  close(): void {
    for (const track of this.#stream.getTracks()) track.stop();
    this.#source.disconnect();
    this.#capture.port.postMessage(null, []);
    this.#capture.port.close();
    this.#encoder.close();
  }
}
