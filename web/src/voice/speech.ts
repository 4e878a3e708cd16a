/**
 * The visitor's own speech: the microphone's states, and which of its packets are sent.
 *
 * The microphone is asked for with a click or a key, never before. While it is off, the browser has it
 * back.
 */

import { BehaviorSubject } from "rxjs";
import type { Preferences } from "../preferences.js";
import { Gate } from "./gate.js";
import { Microphone } from "./microphone.js";
import { BEGINS, ENDS, LONGEST_PACKET, packVoice } from "./packets.js";

export type MicrophoneState = "off" | "asking" | "on" | "blocked" | "missing";

/** Seconds of silence after which the visitor is told. */
const SILENT = 5;
/** Seconds of a piece of which the loudness is told. */
const PIECE = 0.02;
const NO_SOUND = new Uint8Array(0);

export class Speech {
  readonly $state = new BehaviorSubject<MicrophoneState>("off");
  /** The loudness now, 0–1. */
  readonly $level = new BehaviorSubject(0);
  /** Whether others hear it now. */
  readonly $sending = new BehaviorSubject(false);
  /** Whether the microphone has given no sound for a while. */
  readonly $silent = new BehaviorSubject(false);
  readonly #talk: (packet: ArrayBuffer) => boolean;
  readonly #mode: Preferences["microphone"];
  readonly #audio: () => AudioContext | undefined;
  #microphone: Microphone | undefined;
  #gate = new Gate();
  #held = false;
  #seq = 0;
  /** The device that the visitor chose; "" for the browser's own choice. */
  #deviceId = "";

  /** `audio` gives the page's audio, once there is one. */
  constructor(
    talk: (packet: ArrayBuffer) => boolean,
    mode: Preferences["microphone"],
    audio: () => AudioContext | undefined,
  ) {
    this.#talk = talk;
    this.#mode = mode;
    this.#audio = audio;
  }

  /** Switch the microphone on, or off. */
  async toggle(): Promise<void> {
    if (this.$state.value === "on") this.off();
    else if (this.$state.value !== "asking") await this.#open();
  }

  /** Switch it off if it is on. */
  off(): void {
    if (this.$state.value === "on") this.#close("off");
  }

  /** Whether the key for speaking is held. */
  set held(held: boolean) {
    this.#held = held;
  }

  /** Tell the room again that the microphone is on, as after a rejoin. */
  announce(): void {
    if (this.$state.value === "on") this.#send(BEGINS, NO_SOUND);
  }

  /** Use another microphone, from now on. */
  async use(deviceId: string): Promise<void> {
    this.#deviceId = deviceId;
    if (this.$state.value !== "on") return;
    this.#close("off");
    await this.#open();
  }

  async #open(): Promise<void> {
    const audio = this.#audio();
    const deviceId = this.#deviceId;
    this.$state.next(audio ? "asking" : "missing");
    if (!audio) return;
    try {
      this.#microphone = await Microphone.open(audio, deviceId, {
        onPacket: (sound) => this.#hear(sound),
        onLevel: (level) => this.#measure(level),
        onEnd: () => this.#close("missing"),
      });
    } catch (error) {
      const { name } = error as Error;
      console.warn(error);
      this.$state.next(name === "NotAllowedError" ? "blocked" : "missing");
      return;
    }
    this.#gate = new Gate();
    this.$state.next("on");
    this.announce();
    if (deviceId !== this.#deviceId) await this.use(this.#deviceId); // chosen while the browser asked
  }

  #close(state: MicrophoneState): void {
    this.#microphone?.close();
    this.#microphone = undefined;
    this.$state.next(state);
    this.$level.next(0);
    this.$sending.next(false);
    this.$silent.next(false);
    this.#send(ENDS, NO_SOUND);
  }

  #measure(level: number): void {
    const open = this.#gate.opens(level, PIECE);
    this.$level.next(level);
    const silent = this.#gate.silent > SILENT;
    if (silent !== this.$silent.value) this.$silent.next(silent);
    const sending = this.#mode.value === "hold" ? this.#held : open;
    if (sending !== this.$sending.value) this.$sending.next(sending);
  }

  #hear(sound: Uint8Array): void {
    if (this.$sending.value && sound.length <= LONGEST_PACKET) this.#send(0, sound);
  }

  #send(flags: number, sound: Uint8Array): void {
    this.#seq += 1;
    this.#talk(packVoice(this.#seq, flags, this.$level.value, sound));
  }
}
