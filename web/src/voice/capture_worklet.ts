/** In the audio thread: hands on the microphone in pieces of 20 ms. The message null ends it. */

import { Pieces } from "./pieces.js";
import { scope } from "./worklet_scope.js";

class Capture extends scope.AudioWorkletProcessor {
  readonly #pieces = new Pieces(scope.sampleRate / 50);
  #over = false;

  constructor() {
    super();
    this.port.addEventListener("message", () => (this.#over = true));
    this.port.start();
  }

  process([input]: Float32Array[][]): boolean {
    const samples = input?.[0];
    const piece = samples && this.#pieces.add(samples);
    if (piece) this.port.postMessage(piece, [piece.buffer]);
    return !this.#over;
  }
}

scope.registerProcessor("capture", Capture);
