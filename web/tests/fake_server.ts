/** A websocket transport for phoenix with a server behind it that a test plays by hand. */

type Frame = [string | null, string | null, string, string, unknown];

/** Every connection that a socket made, in order. */
export class FakeServer {
  readonly connections: FakeSocket[] = [];

  /** Phoenix takes it for WebSocket. */
  readonly transport: new (endpoint: string) => object;

  constructor() {
    const { connections } = this;
    this.transport = class extends FakeSocket {
      constructor(url: string, protocols: string[] = []) {
        super(url, protocols);
        connections.push(this);
      }
    };
  }

  /** The newest connection. */
  get last(): FakeSocket {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error("nobody connected");
    return connection;
  }
}

/** One connection as the browser has it; the methods below `close` are the server's side. */
export class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";
  onopen: () => void = () => {};
  onerror: (error: unknown) => void = () => {};
  onmessage: (event: { data: unknown }) => void = () => {};
  onclose: (event: { code: number; reason: string }) => void = () => {};
  readonly url: string;
  readonly protocols: string[];
  readonly #received: (string | ArrayBuffer)[] = [];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: string | ArrayBuffer): void {
    this.#received.push(data);
  }

  close(code = 1005, reason = ""): void {
    this.drop(code, reason);
  }

  /** The token that came as a subprotocol. */
  get token(): string {
    return atob((this.protocols[1] ?? "").replace("base64url.bearer.phx.", ""));
  }

  accept(): void {
    this.readyState = 1;
    this.onopen();
  }

  refuse(): void {
    this.readyState = 3;
    this.onerror(new Error("refused"));
    this.onclose({ code: 1006, reason: "" });
  }

  drop(code: number, reason = ""): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose({ code, reason });
  }

  /** The text frames that came with this event. */
  frames(event: string): Frame[] {
    return this.#received
      .filter((data): data is string => typeof data === "string")
      .map((data) => JSON.parse(data) as Frame)
      .filter((frame) => frame[3] === event);
  }

  /** The binary frames that came. */
  get binary(): Uint8Array[] {
    return this.#received
      .filter((data): data is ArrayBuffer => typeof data !== "string")
      .map((data) => new Uint8Array(data));
  }

  /** The newest join: its join_ref, ref, topic and parameters. */
  get join(): Frame {
    const join = this.frames("phx_join").at(-1);
    if (!join) throw new Error("nobody joined");
    return join;
  }

  push(event: string, payload: unknown, joinRef: string | null = null): void {
    this.#text([joinRef, null, this.join[2], event, payload]);
  }

  answerJoin(status: "ok" | "error", response: unknown = {}): void {
    const [joinRef, ref, topic] = this.join;
    this.#text([joinRef, ref, topic, "phx_reply", { status, response }]);
  }

  /** Grant the join and send what follows it. */
  grant(users: Record<string, unknown>, entities: unknown = {}): void {
    const [joinRef] = this.join;
    this.answerJoin("ok");
    this.push("snapshot", entities, joinRef);
    this.push("user_snapshot", users, joinRef);
    const metas = Object.keys(users).map((id) => [id, { metas: [{ phx_ref: `ref-${id}` }] }]);
    this.push("presence_state", Object.fromEntries(metas), joinRef);
  }

  /** A binary broadcast: kind 2, sizes of topic and event, the strings, the data. */
  broadcast(event: string, data: Uint8Array): void {
    const topic = new TextEncoder().encode(this.join[2]);
    const name = new TextEncoder().encode(event);
    const frame = Uint8Array.of(2, topic.length, name.length, ...topic, ...name, ...data);
    this.onmessage({ data: frame.buffer });
  }

  #text(frame: Frame): void {
    this.onmessage({ data: JSON.stringify(frame) });
  }
}
