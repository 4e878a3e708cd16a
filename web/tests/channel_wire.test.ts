import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection } from "../src/connection.js";
import type { Door } from "../src/door.js";
import type { Pose } from "../src/wire.gen.js";
import { packPush } from "../src/record.js";
import { type Issued, Token } from "../src/token.js";
import { ChannelWire } from "../src/channel_wire.js";
import { FakeServer } from "./fake_server.js";
import { toHex } from "./hex.js";
import golden from "./golden_poses.json";

const PAGE = { roomId: "r1", roomName: "Room", userId: "me", userToken: "first", inside: "", voice: true };
const POSE: Pose = { position: [1, 1.7, 2], rotation: [0, 0, 0, 1] };
const numbered = (n: number): Pose & { n: number } => ({ ...POSE, n });
/** A record of `poses` for the user `n`: a push with the number put in. */
const record = (n: number): number[] => {
  const [kind = 0, ...rest] = new Uint8Array(packPush(POSE));
  return [kind, n & 255, n >> 8, ...rest];
};

let server: FakeServer;
let wire: ChannelWire;
/** Of whom, and what happened. */
let events: string[];
let ask: ReturnType<typeof vi.fn<() => Promise<Issued | undefined>>>;
let door: ReturnType<typeof vi.fn<(token: string) => Promise<Door>>>;

const meta = (ref: string): unknown => ({ metas: [{ phx_ref: ref }] });
const state = (): Connection => wire.$connection.value;
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

/** Let phoenix's reconnect timer and the promises run. */
const wait = async (milliseconds: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(milliseconds);
};

async function reconnect(): Promise<void> {
  const before = server.connections.length;
  await wait(5000);
  expect(server.connections.length).toBeGreaterThan(before);
  server.last.accept();
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  events = [];
  ask = vi.fn<() => Promise<Issued | undefined>>();
  ask.mockResolvedValue({ token: "second", userId: "me" });
  door = vi.fn<(token: string) => Promise<Door>>();
  wire = new ChannelWire(PAGE, {
    door,
    endpoint: "ws://test/socket",
    transport: server.transport,
    token: new Token("first", "me", ask),
  });
  for (const name of ["user_joined", "user_moved", "user_left"] as const) {
    wire.on(name).subscribe(({ user_id }) => events.push(`${user_id} ${name}`));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function enter(users: Record<string, unknown> = { me: numbered(0) }): void {
  wire.enter();
  server.last.accept();
  server.last.grant(users);
}

describe("the first join", () => {
  it("connects only when the visitor enters", () => {
    expect(server.connections).toHaveLength(0);
    expect(state()).toEqual({ state: "outside" });
    wire.enter();
    expect(state()).toEqual({ state: "joining" });
    expect(server.last.url).toBe("ws://test/socket/websocket?vsn=2.0.0");
    expect(server.last.token).toBe("first");
  });

  it("asks for binary poses under a tab id of this page load", () => {
    enter();
    const [joinRef, ref, topic, , params] = server.last.join;
    expect(joinRef).toBe(ref);
    expect(topic).toBe("room:r1");
    expect(params).toEqual({ poses: "binary", stamps: true, fingers: true, tab: expect.stringMatching(/^[0-9a-f]{24}$/), voice: 1 });
  });

  it("tells the snapshots, presence and our own place", () => {
    const seen: Record<string, unknown> = {};
    wire.on("snapshot").subscribe((entities) => (seen["entities"] = entities));
    wire.on("user_snapshot").subscribe((users) => (seen["users"] = Object.keys(users)));
    wire.on("fingers_bent").subscribe((bent) => (seen["bent"] = [...((seen["bent"] as unknown[]) ?? []), bent]));
    wire.enter();
    server.last.accept();
    server.last.grant({ me: numbered(0), ada: numbered(1) }, { box: { color: [1, 0, 0] } });
    expect(state()).toEqual({ state: "joined" });
    expect(wire.$present.value.size).toBe(2);
    server.last.broadcast("fingers", Uint8Array.of(9, 9, 0, 1, 0, 4, 1, 2, 3, 4, 255)); // a stranger's, and ada's
    const bent = { user_id: "ada", n: 1, left: null, right: [1, 2, 3, 4, 255] };
    expect(seen).toEqual({ entities: { box: { color: [1, 0, 0] } }, users: ["me", "ada"], bent: [bent] });
  });

  it("waits while the room is full, not in step with others who wait, and gets in", async () => {
    const random = vi.spyOn(Math, "random");
    wire.enter();
    server.last.accept();
    for (const [chance, milliseconds] of [[0, 500], [1, 3000], [0, 2500], [1, 7500]] as const) {
      random.mockReturnValue(chance);
      const { length } = server.last.frames("phx_join");
      server.last.answerJoin("error", { reason: "room is full" });
      expect(state()).toEqual({ state: "refused", reason: "room is full" });
      await wait(milliseconds - 1);
      expect(server.last.frames("phx_join")).toHaveLength(length);
      await wait(1);
      expect(server.last.frames("phx_join")).toHaveLength(length + 1);
    }
    server.last.grant({ me: numbered(0) });
    expect(state()).toEqual({ state: "joined" });
  });

  it("waits for the password that the room wants, and joins with it", async () => {
    wire.enter({ invite: "a.b" });
    server.last.accept();
    expect(server.last.join[4]).toMatchObject({ poses: "binary", invite: "a.b" });
    for (const reason of ["password needed", "wrong password", "too fast"]) {
      server.last.answerJoin("error", { reason, detail: "Why." });
      expect(state()).toEqual({ state: "asked", reason, text: "Why." });
      const { length } = server.last.frames("phx_join");
      await wait(8000);
      expect(server.last.frames("phx_join")).toHaveLength(length);
      wire.enter({ password: "tea" });
      expect(state()).toEqual({ state: "joining" });
      expect(server.last.join[4]).toMatchObject({ password: "tea" });
    }
    server.last.grant({ me: numbered(0) });
    expect(state()).toEqual({ state: "joined" });
  });

  it("does not try again when there is no such room", async () => {
    wire.enter();
    server.last.accept();
    server.last.answerJoin("error", { reason: "no such room" });
    expect(state()).toEqual({ state: "over", reason: "no such room" });
    await wait(60_000);
    expect(server.connections).toHaveLength(1);
  });

  it("is over when the server takes us for somebody else", () => {
    enter({ another: numbered(0) });
    expect(state().state).toBe("over");
  });
});

describe("what the others do", () => {
  it("is told by user and in order, ourselves included", () => {
    enter({ me: numbered(0), ada: numbered(1) });
    const connection = server.last;
    connection.push("stoc", { event: "user_joined", payload: { user_id: "bob", ...numbered(300) } });
    connection.push("stoc", { event: "user_joined", payload: { user_id: "me", ...numbered(0) } });
    connection.broadcast("poses", Uint8Array.from([0, 1, 300].flatMap(record)));
    connection.push("stoc", { event: "user_left", payload: { user_id: "bob" } });
    connection.push("stoc", { event: "user_left", payload: { user_id: "me" } });
    expect(events).toEqual([
      "bob user_joined",
      "me user_joined",
      "me user_moved",
      "ada user_moved",
      "bob user_moved",
      "bob user_left",
      "me user_left",
    ]);
  });

  it("has the stamp of its tick, where the server gives one", () => {
    const stamps: (number | undefined)[] = [];
    wire.on("user_moved").subscribe(({ stamp }) => stamps.push(stamp));
    enter({ me: numbered(0), ada: numbered(1) });
    server.last.broadcast("poses_at", Uint8Array.from([0x34, 0xf2, ...[0, 1].flatMap(record)]));
    server.last.broadcast("poses", Uint8Array.from(record(1)));
    expect(stamps).toEqual([0xf234, 0xf234, undefined]);
    expect(events).toEqual(["me user_moved", "ada user_moved", "ada user_moved"]);
  });

  it("is dropped for a number that nobody has", () => {
    enter();
    server.last.broadcast("poses", Uint8Array.from(record(77)));
    expect(events).toEqual([]);
  });

  it("counts in presence, a second tab once", () => {
    enter();
    server.last.push("presence_diff", { joins: { me: meta("tab2"), ada: meta("a") }, leaves: {} });
    expect([...wire.$present.value]).toEqual([["me", 2], ["ada", 1]]);
    server.last.push("presence_diff", { joins: {}, leaves: { ada: meta("a"), me: meta("tab2") } });
    expect([...wire.$present.value]).toEqual([["me", 1]]);
  });
});

describe("our own pose", () => {
  it("goes as one binary push in phoenix's format, under the join's ref", () => {
    enter();
    const pose = golden[1]?.pose as unknown as Pose;
    expect(wire.move(pose)).toBe(true);
    const [frame = new Uint8Array()] = server.last.binary;
    const [kind, joinRef = 0, ref = 0, topic = 0, event = 0] = frame;
    expect(kind).toBe(0);
    const body = frame.slice(5);
    expect(text(body.slice(0, joinRef))).toBe(server.last.join[0]);
    expect(text(body.slice(joinRef + ref, joinRef + ref + topic + event))).toBe("room:r1i_moved");
    const data = body.slice(joinRef + ref + topic + event);
    expect(toHex(data)).toBe(golden[1]?.push);
  });

  it("leaves no timer behind, however many go", () => {
    enter();
    const before = vi.getTimerCount();
    for (let count = 0; count < 200; count += 1) wire.move(POSE);
    expect(vi.getTimerCount()).toBe(before);
    expect(server.last.binary).toHaveLength(200);
  });

  it("is not taken before the join, after a loss, or while the line is clogged", () => {
    wire.enter();
    expect(wire.move(POSE)).toBe(false);
    server.last.accept();
    expect(wire.move(POSE)).toBe(false);
    server.last.grant({ me: numbered(0) });
    server.last.bufferedAmount = 10_000;
    expect(wire.move(POSE)).toBe(false);
    server.last.bufferedAmount = 0;
    expect(wire.move(POSE)).toBe(true);
    server.last.drop(1012);
    expect(wire.move(POSE)).toBe(false);
  });
});

describe("a lost connection", () => {
  it("comes back by itself, with one of everything", async () => {
    let joins = 0;
    wire.$joined.subscribe(() => (joins += 1));
    enter({ me: numbered(0), ada: numbered(1) });
    const tab = (server.last.join[4] as { tab: string }).tab;
    for (let round = 0; round < 3; round += 1) {
      server.last.drop(1012, "restart");
      expect(state()).toEqual({ state: "away" });
      await reconnect();
      expect(server.last.frames("phx_join")).toHaveLength(1);
      expect((server.last.join[4] as { tab: string }).tab).toBe(tab);
      // numbers are given out anew
      server.last.grant({ me: numbered(5), ada: numbered(0) });
    }
    expect(joins).toBe(4);
    expect(wire.$present.value.size).toBe(2);
    server.last.broadcast("poses", Uint8Array.from(record(0)));
    expect(events).toEqual(["ada user_moved"]);
    server.last.push("stoc", { event: "user_left", payload: { user_id: "ada" } });
    expect(events).toHaveLength(2);
  });

  it.each(["heartbeat timeout", ""])("comes back after phoenix itself closed: 1000 '%s'", async (echo) => {
    enter();
    server.last.drop(1000, echo);
    expect(state()).toEqual({ state: "away" });
    await reconnect();
    server.last.grant({ me: numbered(0) });
    expect(state()).toEqual({ state: "joined" });
  });

  it("joins a room again that failed", async () => {
    enter();
    server.last.push("phx_error", { reason: "channel_crash" }, server.last.join[0]);
    expect(state()).toEqual({ state: "away" });
    await wait(1500);
    server.last.grant({ me: numbered(0) });
    expect(state()).toEqual({ state: "joined" });
    expect(server.connections).toHaveLength(1);
  });
});

describe("the end", () => {
  it.each([
    ["a kick", () => server.last.drop(1000, "kicked"), "kicked"],
    [
      "a deleted room",
      () => server.last.push("phx_close", {}, server.last.join[0]),
      "this room was closed",
    ],
  ])("comes with %s, and there is no other attempt", async (_what, happen, reason) => {
    enter({ me: numbered(0), ada: numbered(1) });
    happen();
    expect(state()).toEqual({ state: "over", reason });
    await wait(60_000);
    expect(server.connections).toHaveLength(1);
    expect(state()).toEqual({ state: "over", reason });
    expect(vi.getTimerCount()).toBe(0);
  });
});
