import { describe, expect, it } from "vitest";
import { Gate, loudness } from "../src/voice/gate.js";
import { BEGINS, packVoice, unpackVoices } from "../src/voice/packets.js";
import { Playout } from "../src/voice/playout.js";
import { resample } from "../src/voice/resample.js";
import { Random } from "./random.js";

const RATE = 48_000;
/** Samples that the sound card asks for at a time, and those of a packet. */
const BLOCK = 128;
const PACKET = 1920;

/** A talker over a line: sends a packet each 40 ms, each late by so much; how it was heard. */
function talk(seconds: number, late: (packet: number) => number): { heard: Float32Array; playout: Playout; most: number } {
  const playout = new Playout(RATE);
  const heard = new Float32Array(Math.floor((seconds * RATE) / BLOCK) * BLOCK);
  const arrivals: number[] = [];
  let last = 0;
  for (let packet = 0; packet * PACKET < seconds * RATE; packet += 1) {
    last = Math.max(last, (packet + 1) * 0.04 + late(packet)); // in order, as TCP has it
    arrivals.push(last);
  }
  let next = 0;
  let most = 0;
  for (let at = 0; at < heard.length; at += BLOCK) {
    while (next < arrivals.length && (arrivals[next] as number) <= at / RATE) {
      playout.write(tone(next));
      next += 1;
    }
    playout.read(heard.subarray(at, at + BLOCK));
    most = Math.max(most, playout.statistics.waiting);
  }
  return { heard, playout, most };
}

function tone(packet: number): Float32Array {
  return Float32Array.from({ length: PACKET }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 220 * (packet * PACKET + n)) / RATE));
}

/** The part of the time, after the first half second, in which there is hardly any sound. */
function silence(heard: Float32Array): number {
  let quiet = 0;
  let blocks = 0;
  for (let at = RATE / 2; at + 480 <= heard.length; at += 480) {
    blocks += 1;
    if (loudness(heard.subarray(at, at + 480)) < 0.05) quiet += 1;
  }
  return quiet / blocks;
}

describe("the jitter buffer", () => {
  it("plays without a gap, and 60 ms late, over a line without jitter", () => {
    const { heard, playout } = talk(5, () => 0);
    expect(playout.statistics).toMatchObject({ gaps: 0 });
    expect(playout.statistics.waiting).toBeLessThan(0.1);
    expect(silence(heard)).toBe(0);
  });

  it.each([1, 2, 3, 4])("loses next to nothing with up to 60 ms of jitter, seed %i", (seed) => {
    const random = new Random(seed);
    const { heard, playout, most } = talk(30, () => 0.06 * random.next());
    expect(silence(heard)).toBeLessThan(0.01);
    expect(playout.statistics.target).toBeLessThanOrEqual(0.12);
    expect(most).toBeLessThanOrEqual(0.4);
  });

  it("adapts: jitter makes it wait longer, at most 120 ms, and calm shorter again", () => {
    const random = new Random(7);
    const { playout } = talk(10, () => 0.15 * random.next());
    const { target } = playout.statistics;
    expect(target).toBeGreaterThan(0.06);
    expect(target).toBeLessThanOrEqual(0.12);
    const out = new Float32Array(BLOCK);
    for (let packet = 0; packet < 500; packet += 1) {
      playout.write(tone(packet));
      for (let block = 0; block < PACKET / BLOCK; block += 1) playout.read(out);
    }
    expect(playout.statistics.target).toBeLessThan(target);
  });

  it("never grows: after a stall it catches up by leaving pieces out", () => {
    const { playout, most } = talk(20, (packet) => (packet < 100 || packet > 108 ? 0 : (109 - packet) * 0.04));
    expect(most).toBeLessThanOrEqual(0.4);
    expect(playout.statistics.cuts).toBeGreaterThan(5);
    expect(playout.statistics.waiting).toBeLessThan(0.18);
  });

  it("makes no click where a piece is left out", () => {
    const { heard } = talk(10, (packet) => (packet === 50 ? 0.3 : 0));
    let steepest = 0;
    for (let n = RATE * 3; n < heard.length; n += 1) {
      steepest = Math.max(steepest, Math.abs((heard[n] as number) - (heard[n - 1] as number)));
    }
    expect(steepest).toBeLessThan(0.05); // a step of the tone itself is at most 0.0144
  });

  it("fades in a gap, and is silent when the talker has stopped", () => {
    const playout = new Playout(RATE);
    for (let packet = 0; packet < 3; packet += 1) playout.write(tone(packet));
    const out = new Float32Array(RATE / 2);
    playout.read(out);
    expect(loudness(out.subarray(0, 4800))).toBeGreaterThan(0.2);
    expect(loudness(out.subarray(3 * PACKET + 480, 3 * PACKET + 960))).toBeGreaterThan(0.05);
    expect(loudness(out.subarray(3 * PACKET + 4800))).toBe(0);
    playout.write(tone(3));
    expect(playout.statistics.gaps).toBe(0); // a pause is no gap
  });

  it("drops sound that waits when the talker has stopped, and does not put it before the next words", () => {
    const playout = new Playout(RATE);
    playout.write(tone(0)); // too little to begin
    playout.read(new Float32Array(RATE * 0.1));
    expect(playout.statistics.waiting).toBeCloseTo(0.04);
    playout.read(new Float32Array(RATE * 0.15));
    expect(playout.statistics.waiting).toBe(0);
  });
});

it("opens the gate for speech, holds it a while, and counts silence", () => {
  const gate = new Gate();
  expect(gate.opens(0.005, 0.02)).toBe(false);
  expect(gate.opens(0.05, 0.02)).toBe(true);
  for (let n = 0; n < 20; n += 1) expect(gate.opens(0.001, 0.02)).toBe(true);
  for (let n = 0; n < 10; n += 1) gate.opens(0.001, 0.02);
  expect(gate.opens(0.001, 0.02)).toBe(false);
  expect(gate.silent).toBe(0);
  for (let n = 0; n < 300; n += 1) gate.opens(0, 0.02);
  expect(gate.silent).toBeGreaterThan(5);
});

it("packs a push and reads records as docs/voice.md has them", () => {
  const push = new Uint8Array(packVoice(65_537, BEGINS, 2, Uint8Array.of(9, 8)));
  expect([...push]).toEqual([1, 0, 1, 255, 9, 8]);
  const frame = Uint8Array.of(7, 0, 1, 0, 0, 2, 9, 8, 0, 1, 255, 255, 2, 0);
  expect(unpackVoices(frame.buffer)).toEqual([
    { n: 7, seq: 1, flags: 0, sound: Uint8Array.of(9, 8) },
    { n: 256, seq: 65_535, flags: 2, sound: new Uint8Array(0) },
  ]);
  expect(() => unpackVoices(frame.buffer.slice(0, 7))).toThrow(RangeError);
});

it("brings samples to another rate", () => {
  expect(resample(new Float32Array(PACKET), 48_000, 44_100)).toHaveLength(1764);
  expect([...resample(Float32Array.of(0, 1, 2, 3), 4, 8)]).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3]);
});
