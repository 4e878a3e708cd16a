/** In the audio thread: plays what one talker says from a jitter buffer. The message null ends it. */

import { Playout } from "./playout.js";
import { scope } from "./worklet_scope.js";

class Player extends scope.AudioWorkletProcessor {
  readonly #playout = new Playout(scope.sampleRate);
  #over = false;

  constructor() {
    super();
    this.port.addEventListener("message", ({ data }: MessageEvent<Float32Array | null>) => {
      if (data) this.#playout.write(data);
      else this.#over = true;
    });
    this.port.start();
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
    const samples = output?.[0];
    if (samples) this.#playout.read(samples);
    return !this.#over;
  }
}

scope.registerProcessor("player", Player);
