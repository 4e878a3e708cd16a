import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChannelWire } from "../src/channel_wire.js";
import type { Connection } from "../src/connection.js";
import type { Door } from "../src/door.js";
import { type Issued, Token } from "../src/token.js";
import { FakeServer } from "./fake_server.js";

const PAGE = { roomId: "r1", roomName: "Room", userId: "me", userToken: "first", inside: "", voice: true };
const ME = { me: { n: 0, position: [0, 1.7, 0], rotation: [0, 0, 0, 1] } };
const HOUR = 3600 * 1000;

let server: FakeServer;
let wire: ChannelWire;
const ask = vi.fn<() => Promise<Issued | undefined>>();
const door = vi.fn<(token: string) => Promise<Door>>();

const state = (): Connection => wire.$connection.value;
const wait = async (milliseconds: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds);
};
/** The next attempt is made. */
async function attempt(): Promise<void> {
  const before = server.connections.length;
  for (let round = 0; server.connections.length === before && round < 100; round += 1) {
    await wait(100);
  }
  expect(server.connections.length).toBe(before + 1);
}
async function refuse(): Promise<void> {
  server.last.refuse();
  await wait(0);
}
function grant(): void {
  server.last.accept();
  server.last.grant(ME);
}

/** The server answers the newest heartbeat. */
function answerHeartbeat(): void {
  const [joinRef, ref, topic] = server.last.frames("heartbeat").at(-1) ?? [];
  const reply = [joinRef, ref, topic, "phx_reply", { status: "ok", response: {} }];
  server.last.onmessage({ data: JSON.stringify(reply) });
}

beforeEach(() => {
  vi.useFakeTimers();
  ask.mockReset().mockResolvedValue({ token: "second", userId: "me" });
  door.mockReset().mockResolvedValue(undefined);
  server = new FakeServer();
  const token = new Token("first", "me", ask);
  wire = new ChannelWire(PAGE, { endpoint: "ws://test/socket", transport: server.transport, token, door });
  wire.enter();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a websocket that is refused", () => {
  it.each(["the server is full", "too many connections from this address", "the server is restarting"])(
    "is explained in the server's words, and tried again: %s",
    async (reason) => {
      door.mockResolvedValue({ open: false, reason, text: "Because." });
      await refuse();
      expect(door).toHaveBeenCalledWith("first");
      expect(state()).toEqual({ state: "refused", reason, text: "Because." });
      await attempt();
      await refuse();
      expect(state().state, "it stays said during the next attempts").toBe("refused");
      await attempt();
      grant();
      expect(state()).toEqual({ state: "joined" });
    },
  );

  it.each(["origin", "no such room", "cookie"])("is the end where no attempt helps: %s", async (reason) => {
    door.mockResolvedValue({ open: false, reason, text: "Because." });
    await refuse();
    expect(state()).toEqual({ state: "over", reason, text: "Because." });
    await wait(60_000);
    expect(server.connections).toHaveLength(1);
  });

  it("is no connection while the server says nothing either", async () => {
    await refuse();
    expect(state()).toEqual({ state: "away" });
  });

  it("is a proxy's doing when the door is open time after time", async () => {
    door.mockResolvedValue({ open: true });
    await refuse();
    expect(state(), "once may be an accident").toEqual({ state: "away" });
    await attempt();
    await refuse();
    expect(state()).toMatchObject({ state: "refused", reason: "no websockets" });
    await attempt();
    grant();
    expect(state()).toEqual({ state: "joined" });
  });

  it("is not explained any more when the next one opened meanwhile", async () => {
    const later = new Promise<Door>((resolve) => {
      setTimeout(() => resolve({ open: false, reason: "origin", text: "Elsewhere." }), 3000);
    });
    door.mockReturnValue(later);
    await refuse();
    await attempt();
    grant();
    await wait(3000);
    expect(state()).toEqual({ state: "joined" });
  });
});

describe("the token", () => {
  it("is replaced when it was refused", async () => {
    door.mockResolvedValue({ open: false, reason: "token", text: "Old." });
    await refuse();
    await attempt();
    expect(server.last.token).toBe("second");
  });

  it("that was refused is the end when the browser is somebody else by now", async () => {
    ask.mockResolvedValue({ token: "theirs", userId: "another" });
    door.mockResolvedValue({ open: false, reason: "token", text: "Old." });
    await refuse();
    expect(state()).toEqual({ state: "over", reason: "cookie" });
  });

  it("goes on being used while it is good, though the browser is somebody else by now", async () => {
    ask.mockResolvedValue({ token: "theirs", userId: "another" });
    grant();
    await wait(13 * HOUR);
    server.last.drop(1006);
    await attempt();
    door.mockResolvedValue({ open: false, reason: "the server is restarting", text: "Soon." });
    await refuse();
    await attempt();
    expect(server.last.token).toBe("first");
    grant();
    expect(state()).toEqual({ state: "joined" });
  });
});

describe("a line that goes silent", () => {
  it("is noticed within ten seconds, and the page is back in the room", async () => {
    grant();
    await wait(8900);
    expect(server.connections).toHaveLength(1);
    await wait(200);
    expect(state()).toEqual({ state: "away" });
    expect(server.connections).toHaveLength(2);
    grant();
    expect(state()).toEqual({ state: "joined" });
  });

  it("is asked, and stays if it answers", async () => {
    grant();
    for (let round = 0; round < 10; round += 1) {
      await wait(4500);
      expect(server.last.frames("heartbeat").length).toBeGreaterThan(round);
      answerHeartbeat();
    }
    expect(server.connections).toHaveLength(1);
  });

  it("is not asked while others are heard", async () => {
    grant();
    for (let round = 0; round < 20; round += 1) {
      server.last.broadcast("poses", new Uint8Array());
      await wait(1000);
    }
    expect(server.last.frames("heartbeat")).toEqual([]);
  });

  it("is noticed within four seconds when the network has just come back", async () => {
    grant();
    await wait(500);
    wire.test();
    expect(server.last.frames("heartbeat")).toHaveLength(1);
    await wait(3600);
    expect(server.connections).toHaveLength(2);
  });

  it("that is closed is tried at once when the network has just come back", async () => {
    for (let round = 0; round < 5; round += 1) {
      await refuse();
      await attempt();
    }
    await refuse(); // the next attempt would be in two seconds or more
    const before = server.connections.length;
    wire.test();
    await wait(0);
    expect(server.connections.length).toBe(before + 1);
    grant();
    expect(state()).toEqual({ state: "joined" });
  });

  it("is given up when it does not open in twenty seconds", async () => {
    await wait(21_000);
    expect(server.connections).toHaveLength(2);
  });
});
