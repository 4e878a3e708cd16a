/** In the audio thread: hands on the microphone in pieces of 20 ms. */

import { scope } from "./worklet_scope.js";

class Capture extends scope.AudioWorkletProcessor {
  #piece = new Float32Array(scope.sampleRate / 50);
  #count = 0;

  process([input]: Float32Array[][]): boolean {
    const samples = input?.[0];
    if (!samples) return true;
    for (const sample of samples) {
      this.#piece[this.#count] = sample;
      this.#count += 1;
      if (this.#count === this.#piece.length) {
        this.port.postMessage(this.#piece, [this.#piece.buffer]);
        this.#piece = new Float32Array(scope.sampleRate / 50);
        this.#count = 0;
      }
    }
    return true;
  }
}

scope.registerProcessor("capture", Capture);
