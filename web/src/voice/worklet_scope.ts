/** The names that exist inside an audio worklet, which TypeScript's DOM library does not have. */

export interface WorkletScope {
  readonly sampleRate: number;
  readonly registerProcessor: (name: string, processor: new () => Processor) => void;
  readonly AudioWorkletProcessor: new () => { readonly port: MessagePort };
}

export interface Processor {
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

export const scope = globalThis as unknown as WorkletScope;
