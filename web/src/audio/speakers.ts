/** Short sounds that come from places in the room: a few speakers, each for one sound at a time. */

import type { Vec3 } from "../wire.gen.js";
import { renderSound, type SoundName } from "./tones.js";

/** Sounds at once. When all speakers are in use a further sound is not played. */
const SPEAKERS = 8;
/** Metres beyond which nothing is heard. */
const FURTHEST = 20;

interface Speaker {
  readonly panner: PannerNode;
  /** When its sound ends, in seconds of the context. */
  until: number;
}

export class Speakers {
  readonly #audio: AudioContext;
  readonly #loudness: GainNode;
  readonly #speakers: readonly Speaker[];
  readonly #sounds = new Map<SoundName, AudioBuffer>();

  constructor(audio: AudioContext) {
    this.#audio = audio;
    this.#loudness = audio.createGain();
    this.#loudness.gain.value = 0.6;
    this.#loudness.connect(audio.destination);
    this.#speakers = Array.from({ length: SPEAKERS }, () => {
      const panner = new PannerNode(audio, { panningModel: "equalpower", refDistance: 2, maxDistance: FURTHEST });
      panner.connect(this.#loudness);
      return { panner, until: 0 };
    });
  }

  /** Play a sound at a place, if it is near enough and a speaker is free. */
  play(name: SoundName, at: Vec3, listener: Vec3): void {
    const { currentTime: now, state } = this.#audio;
    if (state !== "running") return; // a sound that waits would come too late
    if (Math.hypot(at[0] - listener[0], at[1] - listener[1], at[2] - listener[2]) > FURTHEST) return;
    const speaker = this.#speakers.find(({ until }) => until <= now);
    if (!speaker) return;
    const buffer = this.#buffer(name);
    speaker.until = now + buffer.duration;
    placeAt(speaker.panner, at);
    const source = new AudioBufferSourceNode(this.#audio, { buffer });
    source.connect(speaker.panner);
    source.start();
  }

  #buffer(name: SoundName): AudioBuffer {
    let buffer = this.#sounds.get(name);
    if (!buffer) {
      const samples = renderSound(name, this.#audio.sampleRate);
      buffer = this.#audio.createBuffer(1, samples.length, this.#audio.sampleRate);
      buffer.copyToChannel(samples, 0);
      this.#sounds.set(name, buffer);
    }
    return buffer;
  }
}

/** Put a source of sound at a place of the room: the browser's z points the other way. */
export function placeAt({ positionX, positionY, positionZ }: PannerNode, [x, y, z]: Vec3): void {
  positionX.value = x;
  positionY.value = y;
  positionZ.value = -z;
}
