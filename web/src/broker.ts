/**
 * Between the phoenix socket and the shared subjects: nothing else knows the connection.
 *
 * phoenix brings heartbeat, reconnect and rejoin. One channel object lives as long as the page, and
 * its handlers are bound once; a rejoin speaks through the same ones.
 */

import { type Channel, Presence, Socket, type SocketConnectOption } from "phoenix";
import type { Shared } from "./config.js";
import type { Page } from "./page.js";
import { Token } from "./token.js";
import { type Entities, type Pose, packPush, type Stoc, unpackPoses, type UserSnapshot } from "./wire.js";

/** Join errors after which trying again is of no use. */
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
type OpenChannel = Channel & { joinRef(): string };
type OpenSocket = Socket & { readonly conn: { readonly bufferedAmount: number } | null };

export interface BrokerOptions {
  readonly endpoint?: string;
  readonly transport?: SocketConnectOption["transport"];
  readonly token?: Token;
}

export class Broker {
  readonly #shared: Shared;
  readonly #userId: string;
  readonly #token: Token;
  readonly #socket: OpenSocket;
  readonly #channel: OpenChannel;
  /** Who is meant by the `n` of a record. */
  #names = new Map<number, string>();
  #opened = false;

  constructor(page: Page, shared: Shared, options: BrokerOptions = {}) {
    this.#shared = shared;
    this.#userId = page.userId;
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

  /** Connect and join. Called once; from then on phoenix keeps it so. */
  enter(): void {
    this.#shared.$connection.next({ state: "joining" });
    this.#socket.connect();
    this.#channel
      .join()
      .receive("ok", () => {
        this.#shared.$connection.next({ state: "joined" });
        this.#shared.$channel_joined.next();
      })
      .receive("error", ({ reason }: { reason: string }) => {
        if (FINAL.has(reason)) this.#end(reason);
        else this.#shared.$connection.next({ state: "refused", reason });
      })
      .receive("timeout", () => this.#away());
  }

  /**
   * Send our pose; false when it was not taken: not joined, or the line is clogged.
   *
   * Past `channel.push`, which keeps a timer for a reply that never comes.
   */
  send(pose: Pose): boolean {
    const connection = this.#socket.conn;
    if (this.#channel.state !== "joined" || !this.#socket.isConnected()) return false;
    if (!connection || connection.bufferedAmount > BACKLOG) return false;
    this.#socket.push({
      join_ref: this.#channel.joinRef(),
      ref: this.#socket.makeRef(),
      topic: this.#channel.topic,
      event: "i_moved",
      payload: packPush(pose),
    });
    return true;
  }

  #watchSocket(): void {
    this.#socket.onOpen(() => {
      this.#opened = true;
    });
    this.#socket.onClose((event) => {
      const refused = !this.#opened;
      this.#opened = false;
      if (this.#shared.$connection.value.state === "over") return;
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
    channel.on("snapshot", (entities: Entities) => this.#shared.$snapshot.next(entities));
    channel.on("user_snapshot", (users: UserSnapshot) => this.#onUserSnapshot(users));
    channel.on("stoc", (message: Stoc) => this.#onStoc(message));
    channel.on("poses", (data: ArrayBuffer) => this.#onPoses(data));
    const presence = new Presence(channel);
    presence.onSync(() => {
      const windows = presence.list((id, { metas }) => (id === this.#userId ? metas.length : 0));
      this.#shared.$own_windows.next(Math.max(0, ...windows));
      this.#shared.$present.next(windows.length);
    });
  }

  #onUserSnapshot(users: UserSnapshot): void {
    this.#names = new Map(Object.entries(users).map(([userId, { n }]) => [n, userId]));
    const others = new Map<string, Pose>(Object.entries(users));
    others.delete(this.#userId);
    this.#shared.$user_snapshot.next(others);
    const own = users[this.#userId];
    if (own) this.#shared.$own_pose.next(own);
    else this.#end(STRANGER);
  }

  #onStoc(message: Stoc): void {
    const userId = message.payload.user_id;
    if (message.event === "user_joined") this.#names.set(message.payload.n, userId);
    if (userId === this.#userId) return;
    if (message.event === "user_joined") {
      this.#shared.$room_stream.next({ event: "user_joined", userId, pose: message.payload });
    } else if (message.event === "user_left") {
      this.#shared.$room_stream.next({ event: "user_left", userId });
    }
  }

  #onPoses(data: ArrayBuffer): void {
    for (const [n, pose] of unpackPoses(data)) {
      const userId = this.#names.get(n);
      if (userId === undefined || userId === this.#userId) continue;
      this.#shared.$room_stream.next({ event: "user_moved", userId, pose });
    }
  }

  async #renewToken(refused: boolean): Promise<void> {
    if (!(await this.#token.refresh(refused))) this.#end(STRANGER);
  }

  #away(): void {
    if (this.#shared.$connection.value.state !== "over") {
      this.#shared.$connection.next({ state: "away" });
    }
  }

  #end(reason: string): void {
    if (this.#shared.$connection.value.state === "over") return;
    this.#shared.$connection.next({ state: "over", reason });
    this.#shared.$user_snapshot.next(new Map()); // a crowd that stands still would be a lie
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
