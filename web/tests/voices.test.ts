import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Voices } from "../src/voice/voices.js";

/** Decoders that were made, each of which fails at the packet 0. */
const made: FakeDecoder[] = [];

class FakeDecoder {
  static isConfigSupported = async (): Promise<object> => ({ supported: true });
  state = "configured";
  decodeQueueSize = 0;
  decoded = 0;
  constructor(readonly calls: { output: (data: object) => void; error: (error: Error) => void }) {
    made.push(this);
  }
  configure(): void {}
  decode({ data }: { data: Uint8Array }): void {
    if (data[0] === 0) {
      this.state = "closed";
      this.calls.error(new Error("no Opus"));
      return;
    }
    this.decoded += 1;
    this.calls.output({ numberOfFrames: 960, copyTo: (to: Float32Array) => to.fill(0.5), close: () => {} });
  }
  close(): void {
    this.state = "closed";
  }
}

class FakeNode {
  gain = { setTargetAtTime: () => {} };
  port = { postMessage: () => {} };
  connect<Next>(next: Next): Next {
    return next;
  }
  disconnect(): void {}
}

const audio = {
  sampleRate: 48_000,
  currentTime: 0,
  destination: new FakeNode(),
  audioWorklet: { addModule: async () => {} },
  createGain: () => new FakeNode(),
} as unknown as AudioContext;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.stubGlobal("window", { AudioDecoder: FakeDecoder });
  vi.stubGlobal("AudioDecoder", FakeDecoder);
  vi.stubGlobal("EncodedAudioChunk", class { constructor(readonly init: object) { Object.assign(this, init); } });
  vi.stubGlobal("AudioWorkletNode", FakeNode);
  vi.stubGlobal("PannerNode", FakeNode);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

it("hears somebody again after a packet that broke the decoder, a second later", async () => {
  const voices = await Voices.create(audio);
  made.length = 0;
  const hear = (first: number): void => voices.hear("ann", new Uint8Array([first]));
  for (const first of [1, 0, 1, 0, 1]) hear(first);
  expect(made.map(({ decoded }) => decoded)).toEqual([1]); // no decoder for each packet that is wrong
  vi.advanceTimersByTime(1001);
  hear(1);
  hear(1);
  expect(made.map(({ decoded }) => decoded)).toEqual([1, 2]);
});
