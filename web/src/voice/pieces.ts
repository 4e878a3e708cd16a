/** Samples that come in parts of any size, handed on in pieces of one size. Pure. */

export class Pieces {
  #piece: Float32Array<ArrayBuffer>;
  #count = 0;

  constructor(size: number) {
    this.#piece = new Float32Array(size);
  }

  /** Add samples, at most a piece of them; returns a piece that is full. */
  add(samples: Float32Array): Float32Array<ArrayBuffer> | undefined {
    const fits = Math.min(samples.length, this.#piece.length - this.#count);
    this.#piece.set(samples.subarray(0, fits), this.#count);
    this.#count += fits;
    if (this.#count < this.#piece.length) return undefined;
    const full = this.#piece;
    this.#piece = new Float32Array(full.length);
    this.#piece.set(samples.subarray(fits));
    this.#count = samples.length - fits;
    return full;
  }
}
