/**
 * The connection to the room by Phoenix Channels: the only module that knows them.
 *
 * phoenix brings heartbeat, reconnect and rejoin. One channel object lives as long as the page, and
 * its handlers are bound once; a rejoin speaks through the same ones.
 */

import { type Channel, Presence } from "phoenix";
import { BehaviorSubject, type Observable, Subject } from "rxjs";
import { type Connection, ConnectionStatus } from "./connection.js";
import { Link, type LinkOptions } from "./link.js";
import type { Events, Intents, Join, Pose, Reason } from "./wire.gen.js";
import type { Page } from "./page.js";
import { unpackFingers } from "./finger_records.js";
import { packPush, unpackPoses } from "./record.js";
import type { State } from "./shared.js";
import { unpackVoices } from "./voice/packets.js";
import { type Key, Refusal, type Replied, type Told, type Wire } from "./wire.js";

/** Join errors after which another attempt is of no use. */
const FINAL = new Set<string>(["no such room", "banned", "kicked", "forgotten"] satisfies Reason[]);
/** Join errors after which the visitor is asked, and then tries again. */
const ASKED = new Set<string>(["password needed", "wrong password"] satisfies Reason[]);
/** Bytes that may wait in the browser before poses are held back. */
const BACKLOG = 4096;

/** Bytes of the stamp before the records of `poses_at`. */
const STAMP = 2;

/** Members that the installed phoenix has and its types lack. */
type OpenChannel = Channel & {
  readonly rejoinTimer: { reset(): void };
  rejoin(): void;
  joinRef(): string;
  onMessage: (event: string, payload: unknown) => unknown;
};

export class ChannelWire implements Wire {
  readonly $joined = new Subject<void>();
  readonly $present = new BehaviorSubject<ReadonlyMap<string, number>>(new Map());
  readonly #page: Page;
  readonly #status = new ConnectionStatus();
  readonly #link: Link;
  readonly #channel: OpenChannel;
  readonly #events = new Map<string, Subject<unknown>>();
  /** The user id for the `n` of a record. */
  #names = new Map<number, string>();
  #key: Key = {};

  constructor(page: Page, options: LinkOptions = {}) {
    this.#page = page;
    this.#link = new Link(page, this.#status, options);
    const tab = randomId();
    const voice = page.voice ? 1 : 0;
    // read anew for each join
    const params = (): Join => ({ poses: "binary", stamps: true, tab, voice, fingers: true, ...this.#key });
    this.#channel = this.#link.socket.channel(`room:${page.roomId}`, params) as OpenChannel;
    this.#watchChannel();
  }

  get $connection(): State<Connection> {
    return this.#status.$connection;
  }

  on<Name extends keyof Told>(name: Name): Observable<Told[Name]> {
    const known = this.#events.get(name) ?? new Subject();
    this.#events.set(name, known);
    return known as Observable<unknown> as Observable<Told[Name]>;
  }

  push<Name extends Replied>(
    name: Name,
    payload: Intents[Name]["payload"],
  ): Promise<Intents[Name]["reply"]> {
    return new Promise((resolve, reject) => {
      // phoenix would keep it for the next join, when it may no longer be meant
      if (!this.#isJoined()) throw new Refusal("no connection");
      this.#channel
        .push(name, payload as object)
        .receive("ok", resolve)
        .receive("error", (response: { reason: string }) => {
          reject(new Refusal(response.reason, response));
        })
        .receive("timeout", () => reject(new Refusal("timeout")));
    });
  }

  move(pose: Pose): boolean {
    return this.#send("i_moved", () => packPush(pose));
  }

  talk(packet: ArrayBuffer): boolean {
    return this.#send("voice", () => packet);
  }

  /** Past `channel.push`, which keeps a timer for a reply that never comes. */
  #send(event: string, pack: () => ArrayBuffer): boolean {
    const connection = this.#link.socket.conn;
    if (!this.#isJoined() || !connection || connection.bufferedAmount > BACKLOG) return false;
    this.#link.socket.push({
      join_ref: this.#channel.joinRef(),
      ref: this.#link.socket.makeRef(),
      topic: this.#channel.topic,
      event,
      payload: pack(),
    });
    return true;
  }

  enter(key: Key = {}): void {
    const again = this.$connection.value.state === "asked";
    this.#key = key;
    this.#status.become({ state: "joining" });
    if (again) {
      this.#channel.rejoin();
      return;
    }
    this.#link.open();
    this.#channel
      .join()
      .receive("ok", () => {
        this.#status.become({ state: "joined" });
        this.$joined.next();
      })
      .receive("error", ({ reason, detail }: { reason: string; detail?: string }) => {
        this.#refused(reason, detail);
      })
      .receive("timeout", () => this.#away());
  }

  test(): void {
    this.#link.test();
  }

  #refused(reason: string, text?: string): void {
    const explained = { reason, ...(text !== undefined && { text }) };
    if (FINAL.has(reason)) {
      this.#end(reason);
    } else if (ASKED.has(reason) || (reason === "too fast" && Boolean(this.#key.password))) {
      this.#channel.rejoinTimer.reset();
      this.#status.become({ state: "asked", ...explained });
    } else {
      this.#status.become({ state: "refused", ...explained });
    }
  }

  #isJoined(): boolean {
    return this.#channel.state === "joined" && this.#link.socket.isConnected();
  }

  #watchChannel(): void {
    const channel = this.#channel;
    channel.onError(() => this.#away());
    channel.onClose((why?: { reason?: string }) => {
      this.#end(why?.reason ?? "this room was closed");
    });
    channel.onMessage = (event, payload) => {
      this.#unpack(event, payload);
      return payload;
    };
    const presence = new Presence(channel);
    presence.onSync(() => {
      this.$present.next(new Map(presence.list((id, { metas }) => [id, metas.length])));
    });
  }

  #unpack(event: string, payload: unknown): void {
    if (event === "stoc") {
      const inner = payload as { event: string; payload: unknown };
      this.#tell(inner.event, inner.payload);
    } else if (event === "poses_at") {
      const data = payload as ArrayBuffer;
      this.#tellMoves(unpackPoses(data, STAMP), new DataView(data).getUint16(0, true));
    } else if (event === "voice") {
      this.#tellVoices(payload as ArrayBuffer);
    } else if (event === "fingers") {
      this.#tellFingers(payload as ArrayBuffer);
    } else if (event === "poses") {
      this.#tellMoves(unpackPoses(payload as ArrayBuffer)); // of a server that knows no stamps
    } else {
      this.#tell(event, payload);
    }
  }

  #tellMoves(poses: readonly [number, Pose][], stamp?: number): void {
    for (const [n, pose] of poses) {
      const user_id = this.#names.get(n);
      if (user_id !== undefined) this.#tell("user_moved", { user_id, ...pose, stamp });
    }
  }

  #tellVoices(data: ArrayBuffer): void {
    for (const { n, ...packet } of unpackVoices(data)) {
      const user_id = this.#names.get(n);
      if (user_id !== undefined) this.#tell("voice", { user_id, ...packet });
    }
  }

  #tellFingers(data: ArrayBuffer): void {
    for (const bent of unpackFingers(data)) {
      const user_id = this.#names.get(bent.n);
      if (user_id !== undefined) this.#tell("fingers_bent", { user_id, ...bent });
    }
  }

  #tell(event: string, payload: unknown): void {
    if (event === "user_snapshot") {
      const users = payload as Events["user_snapshot"];
      this.#names = new Map(Object.entries(users).map(([userId, { n }]) => [n, userId]));
      if (!(this.#page.userId in users)) {
        this.#end("cookie"); // the server takes us for somebody else
        return;
      }
    } else if (event === "user_joined") {
      const { n, user_id } = payload as Events["user_joined"];
      this.#names.set(n, user_id);
    }
    this.#events.get(event)?.next(payload);
  }

  #away(): void {
    // a refusal stays true until a connection opens, which is before the next join
    const { state } = this.$connection.value;
    if (state !== "refused") this.#status.become({ state: "away" });
  }

  #end(reason: string): void {
    this.#status.become({ state: "over", reason });
  }
}

/** Not `crypto.randomUUID`, which plain http on a local network does not have. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
