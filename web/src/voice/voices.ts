/** The others' voices: each decoded, buffered, and heard from a place in the room. */

import { placeAt } from "../audio/speakers.js";
import type { Vec3 } from "../wire.gen.js";
import { type Codec, decoders, type MakeCodec, type Packet, RATE, type Samples } from "./codec.js";
import { loudness } from "./gate.js";
import { Loopback } from "./loopback.js";
// oxlint-disable-next-line import/default -- vite makes it: the address of the built script
import playoutUrl from "./playout_worklet.ts?worker&url";
import { resample } from "./resample.js";

/** Metres at which a voice is as loud as it is, and beyond which it grows no fainter. */
const NEAR = 2;
const FAR = 25;
/** Milliseconds for which somebody counts as speaking after a loud packet. */
const SPEAKING = 300;
const LOUD = 0.008;
/** Milliseconds until a decoder that has failed is replaced. */
const MEND = 1000;
/** Seconds of a change of loudness. */
const FADE = 0.02;

/** A talker's place, and whether they are on the stage: then they are as loud everywhere. */
export interface Stand {
  readonly head: Vec3;
  readonly onStage: boolean;
}

/** One talker's voice. */
class Voice {
  readonly #audio: AudioContext;
  readonly #decoder: Codec<Packet>;
  readonly #player: AudioWorkletNode;
  readonly #loudness: GainNode;
  readonly #panner: PannerNode;
  /** When the last loud packet came, in milliseconds. */
  loudAt = -Infinity;

  /** `failed` is called when it can be heard no more: a packet was wrong, or the browser took the decoder back. */
  constructor(audio: AudioContext, destination: AudioNode, decode: MakeCodec<Packet, Samples>, failed: () => void) {
    this.#audio = audio;
    this.#decoder = decode(
      (samples) => this.#play(samples),
      (error) => {
        console.warn("a voice cannot be decoded:", error);
        failed();
      },
    );
    this.#player = new AudioWorkletNode(audio, "player", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#loudness = audio.createGain();
    this.#panner = new PannerNode(audio, { panningModel: "HRTF", refDistance: NEAR, maxDistance: FAR });
    this.#player.connect(this.#loudness).connect(this.#panner).connect(destination);
  }

  hear(sound: Packet): void {
    this.#decoder.put(sound);
  }

  set volume(volume: number) {
    this.#loudness.gain.setTargetAtTime(volume, this.#audio.currentTime, FADE);
  }

  place({ head, onStage }: Stand): void {
    placeAt(this.#panner, head);
    this.#panner.rolloffFactor = onStage ? 0 : 1;
  }

  close(): void {
    this.#decoder.close();
    this.#player.port.postMessage(null, []);
    this.#panner.disconnect();
  }

  #play(samples: Samples): void {
    if (loudness(samples) > LOUD) this.loudAt = performance.now();
    const heard = resample(samples, RATE, this.#audio.sampleRate);
    this.#player.port.postMessage(heard, [heard.buffer]);
  }
}

export class Voices {
  readonly #audio: AudioContext;
  readonly #decode: MakeCodec<Packet, Samples>;
  readonly #out: GainNode;
  readonly #voices = new Map<string, Voice>();
  #loopback: Loopback | undefined;
  #volumes: ReadonlyMap<string, number> = new Map();

  private constructor(audio: AudioContext, decode: MakeCodec<Packet, Samples>) {
    this.#audio = audio;
    this.#decode = decode;
    this.#out = audio.createGain();
    this.#out.connect(audio.destination);
  }

  /** Get ready to play. Throws where nothing here can decode a voice. */
  static async create(audio: AudioContext): Promise<Voices> {
    const [decode] = await Promise.all([decoders(), audio.audioWorklet.addModule(playoutUrl)]);
    return new Voices(audio, decode);
  }

  /** A packet of a user has come. */
  hear(userId: string, sound: Packet): void {
    let voice = this.#voices.get(userId);
    if (!voice) {
      voice = new Voice(this.#audio, this.#out, this.#decode, () => this.#mend(userId));
      voice.volume = this.#volumes.get(userId) ?? 1;
      this.#voices.set(userId, voice);
    }
    voice.hear(sound);
  }

  /** Let the next packet begin a voice anew, but not at once: somebody may send nothing that is right. */
  #mend(userId: string): void {
    const failed = this.#voices.get(userId);
    setTimeout(() => {
      if (this.#voices.get(userId) === failed) this.end(userId);
    }, MEND);
  }

  /** How loud all are, 0–1. */
  set volume(volume: number) {
    this.#out.gain.setTargetAtTime(volume, this.#audio.currentTime, FADE);
  }

  /** How loud each of them is, 0–2; 1 for those who are not named. */
  set volumes(volumes: ReadonlyMap<string, number>) {
    this.#volumes = volumes;
    for (const [userId, voice] of this.#voices) voice.volume = volumes.get(userId) ?? 1;
  }

  /** Play for loudspeakers, by a way whose echo the browser takes out of the microphone; or plainly. */
  async useLoudspeakers(on: boolean): Promise<void> {
    this.#loopback?.close();
    this.#loopback = undefined;
    this.#out.disconnect();
    try {
      if (!on) return;
      const stream = this.#audio.createMediaStreamDestination();
      this.#loopback = await Loopback.open(stream.stream);
      this.#out.connect(stream);
    } finally {
      if (!this.#loopback) this.#out.connect(this.#audio.destination);
    }
  }

  /** Put each voice where its head is; those without a place are over. */
  place(standOf: (userId: string) => Stand | undefined): void {
    for (const [userId, voice] of this.#voices) {
      const stand = standOf(userId);
      if (stand) voice.place(stand);
      else this.end(userId);
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
