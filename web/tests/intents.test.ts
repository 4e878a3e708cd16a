import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChannelWire } from "../src/channel_wire.js";
import { Refusal } from "../src/wire.js";
import { FakeServer } from "./fake_server.js";

declare module "../src/wire.gen.js" {
  interface Intents {
    /** An intent that only this test has. */
    readonly test_say: {
      readonly payload: { readonly text: string };
      readonly reply: { readonly count: number };
    };
  }
}

const PAGE = { roomId: "r1", roomName: "Room", userId: "me", userToken: "first", inside: "", voice: true };

let server: FakeServer;
let wire: ChannelWire;

const say = (): Promise<{ count: number }> => wire.push("test_say", { text: "hello" });

function answer(status: string, response: object): void {
  const [joinRef, ref, topic] = server.last.frames("test_say")[0] ?? [];
  const data = JSON.stringify([joinRef, ref, topic, "phx_reply", { status, response }]);
  server.last.onmessage({ data });
}

const door = (): Promise<undefined> => Promise.resolve(undefined);

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  wire = new ChannelWire(PAGE, { endpoint: "ws://test/socket", transport: server.transport, door });
  wire.enter();
  server.last.accept();
  server.last.grant({ me: { n: 0, position: [0, 1.7, 0], rotation: [0, 0, 0, 1] } });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("an intent", () => {
  it("resolves with the response", async () => {
    const said = say();
    expect(server.last.frames("test_say")[0]?.[4]).toEqual({ text: "hello" });
    answer("ok", { count: 1 });
    expect(await said).toEqual({ count: 1 });
  });

  it("rejects with the server's reason, and all else that it says", async () => {
    const said = say().catch((error: unknown) => error);
    answer("error", { reason: "invalid message", detail: "too long" });
    const refusal = (await said) as Refusal;
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal.reason).toBe("invalid message");
    expect(refusal.response["detail"]).toBe("too long");
  });

  it("rejects when no reply comes", async () => {
    const said = say().catch((error: unknown) => (error as Refusal).reason);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await said).toBe("timeout");
  });

  it("rejects at once while there is no connection, and is not sent later", async () => {
    const before = server.connections.length;
    server.last.drop(1012);
    await expect(say()).rejects.toMatchObject({ reason: "no connection" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.connections.length).toBeGreaterThan(before);
    server.last.accept();
    server.last.grant({ me: { n: 0, position: [0, 1.7, 0], rotation: [0, 0, 0, 1] } });
    expect(server.last.frames("test_say")).toEqual([]);
  });
});
