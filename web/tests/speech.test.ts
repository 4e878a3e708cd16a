import { BehaviorSubject } from "rxjs";
import { beforeEach, expect, it, vi } from "vitest";
import { Microphone } from "../src/voice/microphone.js";
import { BEGINS, ENDS } from "../src/voice/packets.js";
import { Speech } from "../src/voice/speech.js";

/** The devices that were asked for, each with the answer of the browser. */
const asked: { device: string; allow: () => void }[] = [];
/** The devices that are in use. */
const inUse = new Set<string>();

beforeEach(() => {
  asked.length = 0;
  inUse.clear();
  vi.spyOn(Microphone, "open").mockImplementation(
    (_, device) =>
      new Promise((resolve) => {
        const allow = (): void => {
          inUse.add(device);
          resolve({ close: () => inUse.delete(device) } as unknown as Microphone);
        };
        asked.push({ device, allow });
      }),
  );
});

it("uses the microphone that was chosen last, though the browser was still asking for another", async () => {
  const flags: number[] = [];
  const talk = (packet: ArrayBuffer): boolean => Boolean(flags.push(new Uint8Array(packet)[2] as number));
  const speech = new Speech(talk, new BehaviorSubject<"open" | "hold">("open"), () => ({}) as AudioContext);
  const on = speech.toggle();
  await speech.use("headset");
  asked[0]?.allow();
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  asked[1]?.allow();
  await on;
  expect(asked.map(({ device }) => device)).toEqual(["", "headset"]);
  expect([...inUse]).toEqual(["headset"]);
  expect(speech.$state.value).toBe("on");
  expect(flags).toEqual([BEGINS, ENDS, BEGINS]);
});
