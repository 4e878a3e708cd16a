/**
 * The connection to the room by Phoenix Channels: the only module that knows them.
 *
 * phoenix brings heartbeat, reconnect and rejoin. One channel object lives as long as the page, and
 * its handlers are bound once; a rejoin speaks through the same ones.
 */

import { type Channel, Presence, Socket, type SocketConnectOption } from "phoenix";
import { BehaviorSubject, type Observable, Subject } from "rxjs";
import type { Connection } from "./connection.js";
import type { Events, Intents, Pose } from "./messages.js";
import type { Page } from "./page.js";
import { packPush, unpackPoses } from "./record.js";
import { Token } from "./token.js";
import { Refusal, type Replied, type Wire } from "./wire.js";

/** Join errors after which another attempt is of no use. */
const FINAL = new Set(["no such room"]);
/** The cookie was deleted or replaced while the page was open. */
const STRANGER = "this browser forgot who you are; please load the page again";
/** Bytes that may wait in the browser before poses are held back. */
const BACKLOG = 4096;
/** Milliseconds before the next attempt, give or take half, so that not all come at once. */
const BACKOFF = [50, 250, 500, 1000, 2000];
/** The same for joins that were refused or failed: a room that is full is asked each five seconds. */
const JOIN_BACKOFF = [1000, 2000];

/** What the installed phoenix has and its types lack. */
type OpenChannel = Channel & {
  joinRef(): string;
  onMessage: (event: string, payload: unknown) => unknown;
};
type OpenSocket = Socket & { readonly conn: { readonly bufferedAmount: number } | null };

export interface WireOptions {
  readonly endpoint?: string;
  readonly transport?: SocketConnectOption["transport"];
  readonly token?: Token;
}

export class ChannelWire implements Wire {
  readonly $connection = new BehaviorSubject<Connection>({ state: "outside" });
  readonly $joined = new Subject<void>();
  readonly $present = new BehaviorSubject<ReadonlyMap<string, number>>(new Map());
  readonly #page: Page;
  readonly #token: Token;
  readonly #socket: OpenSocket;
  readonly #channel: OpenChannel;
  readonly #events = new Map<string, Subject<unknown>>();
  /** Who is meant by the `n` of a record. */
  #names = new Map<number, string>();
  #opened = false;

  constructor(page: Page, options: WireOptions = {}) {
    this.#page = page;
    this.#token = options.token ?? new Token(page.userToken, page.userId);
    this.#socket = new Socket(options.endpoint ?? "/socket", {
      // read anew for each connection; the types know only the string
      authToken: (() => this.#token.value) as unknown as string,
      reconnectAfterMs: (tries) => spread(BACKOFF[tries - 1] ?? 5000),
      rejoinAfterMs: (tries) => spread(JOIN_BACKOFF[tries - 1] ?? 5000),
      ...(options.transport && { transport: options.transport }),
    }) as OpenSocket;
    const params = { poses: "binary", tab: randomId() };
    this.#channel = this.#socket.channel(`room:${page.roomId}`, params) as OpenChannel;
    this.#watchSocket();
    this.#watchChannel();
  }

  on<Name extends keyof Events>(name: Name): Observable<Events[Name]> {
    const known = this.#events.get(name) ?? new Subject();
    this.#events.set(name, known);
    return known as Observable<unknown> as Observable<Events[Name]>;
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

  /** Past `channel.push`, which keeps a timer for a reply that never comes. */
  move(pose: Pose): boolean {
    const connection = this.#socket.conn;
    if (!this.#isJoined() || !connection || connection.bufferedAmount > BACKLOG) return false;
    this.#socket.push({
      join_ref: this.#channel.joinRef(),
      ref: this.#socket.makeRef(),
      topic: this.#channel.topic,
      event: "i_moved",
      payload: packPush(pose),
    });
    return true;
  }

  enter(): void {
    this.$connection.next({ state: "joining" });
    this.#socket.connect();
    this.#channel
      .join()
      .receive("ok", () => {
        this.$connection.next({ state: "joined" });
        this.$joined.next();
      })
      .receive("error", ({ reason }: { reason: string }) => {
        if (FINAL.has(reason)) this.#end(reason);
        else this.$connection.next({ state: "refused", reason });
      })
      .receive("timeout", () => this.#away());
  }

  #isJoined(): boolean {
    return this.#channel.state === "joined" && this.#socket.isConnected();
  }

  #watchSocket(): void {
    this.#socket.onOpen(() => {
      this.#opened = true;
    });
    this.#socket.onClose((event) => {
      const refused = !this.#opened;
      this.#opened = false;
      if (this.$connection.value.state === "over") return;
      // 1000 with the server's reason means: do not come back. phoenix itself closes with 1000 after
      // a heartbeat without answer, and reconnects; an echo of that may come without a reason.
      if (event.code === 1000 && event.reason !== "" && event.reason !== "heartbeat timeout") {
        this.#end(event.reason);
        return;
      }
      this.#away();
      void this.#renewToken(refused);
    });
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
    } else if (event === "poses") {
      for (const [n, pose] of unpackPoses(payload as ArrayBuffer)) {
        const user_id = this.#names.get(n);
        if (user_id !== undefined) this.#tell("user_moved", { user_id, ...pose });
      }
    } else {
      this.#tell(event, payload);
    }
  }

  #tell(event: string, payload: unknown): void {
    if (event === "user_snapshot") {
      const users = payload as Events["user_snapshot"];
      this.#names = new Map(Object.entries(users).map(([userId, { n }]) => [n, userId]));
      if (!(this.#page.userId in users)) {
        this.#end(STRANGER);
        return;
      }
    } else if (event === "user_joined") {
      const { n, user_id } = payload as Events["user_joined"];
      this.#names.set(n, user_id);
    }
    this.#events.get(event)?.next(payload);
  }

  async #renewToken(refused: boolean): Promise<void> {
    if (!(await this.#token.refresh(refused))) this.#end(STRANGER);
  }

  #away(): void {
    if (this.$connection.value.state !== "over") this.$connection.next({ state: "away" });
  }

  #end(reason: string): void {
    if (this.$connection.value.state === "over") return;
    this.$connection.next({ state: "over", reason });
    this.#socket.disconnect();
  }
}

/** Give or take half. */
function spread(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}

/** Not `crypto.randomUUID`, which plain http on a local network does not have. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
