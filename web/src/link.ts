/**
 * The websocket below the channel: it is made anew until that is of no use, and the page is told why
 * it fails. phoenix brings the attempts; the rest here is what a browser hides.
 */

import { Socket, type SocketConnectOption } from "phoenix";
import type { ConnectionStatus } from "./connection.js";
import { askDoor, type Door } from "./door.js";
import { Liveness } from "./liveness.js";
import type { Page } from "./page.js";
import { Token } from "./token.js";
import { ownPath } from "./base.js";

/** Reasons after which another attempt is of no use. */
const FINAL = new Set(["no such room", "origin", "cookie"]);
/** Why a websocket fails though the server would take it. */
const BLOCKED = {
  reason: "no websockets",
  text:
    "The server answers, but something on the way lets no websockets through: most likely a proxy. " +
    "Try another network; if this is your server, see that its proxy passes websockets on.",
};
/** So many attempts in a row, with the door open, are no accident. */
const BLOCKED_AFTER = 2;
/** Milliseconds before the next attempt, give or take half, so that not all come at once. */
const BACKOFF = [50, 250, 500, 1000, 2000];
/** The same for joins that were refused or failed: a room that is full is asked each five seconds. */
const JOIN_BACKOFF = [1000, 2000];

/** Members that the installed phoenix has and its types lack. */
type OpenSocket = Socket & { readonly conn: { readonly bufferedAmount: number } | null };

export interface LinkOptions {
  readonly endpoint?: string;
  readonly transport?: SocketConnectOption["transport"];
  readonly token?: Token;
  readonly door?: (token: string) => Promise<Door>;
}

export class Link {
  readonly socket: OpenSocket;
  readonly #status: ConnectionStatus;
  readonly #token: Token;
  readonly #door: (token: string) => Promise<Door>;
  readonly #liveness: Liveness;
  #opened = false;
  #asking = false;
  /** Attempts in a row that failed with the door open. */
  #blocked = 0;

  constructor(page: Page, status: ConnectionStatus, options: LinkOptions) {
    this.#status = status;
    this.#token = options.token ?? new Token(page.userToken, page.userId);
    this.#door = options.door ?? ((token) => askDoor(page, token));
    this.socket = new Socket(options.endpoint ?? ownPath("/socket"), {
      // read anew for each connection; the types know only the string
      authToken: (() => this.#token.value) as unknown as string,
      reconnectAfterMs: (tries) => spread(BACKOFF[tries - 1] ?? 5000),
      rejoinAfterMs: (tries) => spread(JOIN_BACKOFF[tries - 1] ?? 5000),
      // for long polling, which is not used; else it reads the browser's, which may be forbidden
      sessionStorage: { getItem: () => null, setItem: () => {} },
      ...(options.transport && { transport: options.transport }),
    }) as OpenSocket;
    this.#liveness = new Liveness(this);
    this.socket.onOpen(() => {
      this.#opened = true;
      this.#blocked = 0;
      this.#liveness.heard();
    });
    this.socket.onMessage(() => this.#liveness.heard());
    this.socket.onClose((event) => this.#onClose(event));
    status.$connection.subscribe(() => {
      if (status.isOver) this.#close();
    });
  }

  /** Connect, and stay so until it is over. */
  open(): void {
    this.socket.connect();
    this.#liveness.start();
  }

  /** See whether the line is still there; at once, if it is closed. */
  test(): void {
    this.#liveness.test();
  }

  get state(): ReturnType<Socket["connectionState"]> {
    return this.socket.connectionState();
  }

  ask(): void {
    this.socket.ping(() => {});
  }

  renew(): void {
    this.#opened = false;
    this.#status.become({ state: "away" });
    // a reason with which the server gives us time to come back, should it hear it after all
    this.socket.disconnect(undefined, 1000, "heartbeat timeout");
    this.socket.connect();
  }

  #onClose(event: CloseEvent): void {
    const refused = !this.#opened;
    this.#opened = false;
    if (this.#status.isOver) return;
    // 1000 with the server's reason means: do not come back. phoenix itself closes with 1000 after
    // a heartbeat without answer, and reconnects; an echo of that may come without a reason.
    if (event.code === 1000 && event.reason !== "" && event.reason !== "heartbeat timeout") {
      this.#status.become({ state: "over", reason: event.reason });
      return;
    }
    if (refused) {
      void this.#explain();
    } else {
      this.#status.become({ state: "away" });
      void this.#token.freshen();
    }
  }

  /** The websocket did not open: find out why, and tell. */
  async #explain(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const door = await this.#door(this.#token.value);
    this.#asking = false;
    if (this.#opened) return; // meanwhile another attempt did
    if (!door) {
      this.#status.become({ state: "away" });
    } else if (door.open) {
      this.#blocked += 1;
      if (this.#blocked >= BLOCKED_AFTER) this.#status.become({ state: "refused", ...BLOCKED });
    } else if (door.reason === "token") {
      if (!(await this.#token.replace())) this.#status.become({ state: "over", reason: "cookie" });
    } else {
      const { reason, text = "" } = door;
      this.#status.become({ state: FINAL.has(reason) ? "over" : "refused", reason, text });
    }
  }

  #close(): void {
    this.#liveness.stop();
    this.socket.disconnect();
  }
}

/** Give or take half. */
function spread(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}
