/** The others' voices: each decoded, buffered, and heard from a place in the room. */

import { placeAt } from "../audio/speakers.js";
import type { Vec3 } from "../wire.gen.js";
import { loudness } from "./gate.js";
// oxlint-disable-next-line import/default -- vite makes it: the address of the built script
import playoutUrl from "./playout_worklet.ts?worker&url";

const RATE = 48_000;
const CONFIG: AudioDecoderConfig = { codec: "opus", sampleRate: RATE, numberOfChannels: 1 };
/** Metres at which a voice is as loud as it is, and beyond which it grows no fainter. */
const NEAR = 2;
const FAR = 25;
/** Packets that wait for a decoder. When full a further one is dropped. */
const WAITING = 10;
/** Milliseconds for which somebody counts as speaking after a loud packet. */
const SPEAKING = 300;
const LOUD = 0.008;

/** One talker's voice. */
class Voice {
  readonly #audio: AudioContext;
  readonly #decoder: AudioDecoder;
  readonly #player: AudioWorkletNode;
  readonly #loudness: GainNode;
  readonly panner: PannerNode;
  /** When the last loud packet came, in milliseconds. */
  loudAt = -Infinity;
  #packets = 0;

  constructor(audio: AudioContext, destination: AudioNode) {
    this.#audio = audio;
    this.#decoder = this.#createDecoder();
    this.#player = new AudioWorkletNode(audio, "player", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#loudness = audio.createGain();
    this.panner = new PannerNode(audio, { panningModel: "HRTF", refDistance: NEAR, maxDistance: FAR });
    this.#player.connect(this.#loudness).connect(this.panner).connect(destination);
  }

  hear(sound: Uint8Array<ArrayBuffer>): void {
    if (this.#decoder.state !== "configured" || this.#decoder.decodeQueueSize > WAITING) return;
    this.#packets += 1;
    this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: this.#packets * 40_000, data: sound }));
  }

  set volume(volume: number) {
    this.#loudness.gain.setTargetAtTime(volume, this.#audio.currentTime, 0.02);
  }

  close(): void {
    if (this.#decoder.state !== "closed") this.#decoder.close();
    this.#player.port.postMessage(null, []);
    this.panner.disconnect();
  }

  #createDecoder(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => {
        const samples = new Float32Array(data.numberOfFrames);
        data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
        data.close();
        if (loudness(samples) > LOUD) this.loudAt = performance.now();
        const heard = resample(samples, RATE, this.#audio.sampleRate);
        this.#player.port.postMessage(heard, [heard.buffer]);
      },
      error: (error) => console.warn("a voice cannot be decoded:", error),
    });
    decoder.configure(CONFIG);
    return decoder;
  }
}

export class Voices {
  readonly #audio: AudioContext;
  readonly #out: GainNode;
  readonly #voices = new Map<string, Voice>();
  readonly #volumes = new Map<string, number>();

  private constructor(audio: AudioContext) {
    this.#audio = audio;
    this.#out = audio.createGain();
    this.#out.connect(audio.destination);
  }

  /** Get ready to play. Undefined where the browser cannot decode a voice. */
  static async create(audio: AudioContext): Promise<Voices | undefined> {
    if (!("AudioDecoder" in window) || !(await AudioDecoder.isConfigSupported(CONFIG)).supported) return undefined;
    await audio.audioWorklet.addModule(playoutUrl);
    return new Voices(audio);
  }

  /** The sum of all voices, as it is heard. */
  get output(): AudioNode {
    return this.#out;
  }

  /** A packet of a user has come. */
  hear(userId: string, sound: Uint8Array<ArrayBuffer>): void {
    let voice = this.#voices.get(userId);
    if (!voice) {
      voice = new Voice(this.#audio, this.#out);
      voice.volume = this.#volumes.get(userId) ?? 1;
      this.#voices.set(userId, voice);
    }
    voice.hear(sound);
  }

  /** How loud all are, 0–1. */
  set volume(volume: number) {
    this.#out.gain.setTargetAtTime(volume, this.#audio.currentTime, 0.02);
  }

  /** How loud one of them is, 0–2. */
  setVolume(userId: string, volume: number): void {
    this.#volumes.set(userId, volume);
    const voice = this.#voices.get(userId);
    if (voice) voice.volume = volume;
  }

  /** Put each voice where its head is; those without a place are over. */
  place(headOf: (userId: string) => Vec3 | undefined): void {
    for (const [userId, voice] of this.#voices) {
      const head = headOf(userId);
      if (head) {
        placeAt(voice.panner, head);
      } else {
        voice.close();
        this.#voices.delete(userId);
      }
    }
  }

  /** End one voice at once. */
  end(userId: string): void {
    this.#voices.get(userId)?.close();
    this.#voices.delete(userId);
  }

  /** Note which of the others speak now. */
  mark(speaking: Set<string>, now: number, ownId: string): void {
    for (const userId of speaking) if (userId !== ownId && !this.#isSpeaking(userId, now)) speaking.delete(userId);
    for (const userId of this.#voices.keys()) if (this.#isSpeaking(userId, now)) speaking.add(userId);
  }

  #isSpeaking(userId: string, now: number): boolean {
    const voice = this.#voices.get(userId);
    return voice !== undefined && now - voice.loudAt < SPEAKING;
  }
}

/** Samples at another rate, along straight lines. */
export function resample(
  samples: Float32Array<ArrayBuffer>,
  from: number,
  to: number,
): Float32Array<ArrayBuffer> {
  if (from === to) return samples;
  const out = new Float32Array(Math.round((samples.length * to) / from));
  for (let index = 0; index < out.length; index += 1) {
    const at = Math.min((index * from) / to, samples.length - 1);
    const before = Math.floor(at);
    const [a, b] = [samples[before] ?? 0, samples[before + 1] ?? samples[before] ?? 0];
    out[index] = a + (b - a) * (at - before);
  }
  return out;
}
