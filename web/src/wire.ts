/** The connection to the room as systems see it; channel_wire.ts implements it. */

import type { Observable } from "rxjs";
import type { Connection } from "./connection.js";
import type { Events, Intents, Join, Pose } from "./wire.gen.js";
import type { State } from "./shared.js";
import type { VoiceRecord } from "./voice/packets.js";

/** The intents that the server replies to. */
export type Replied = {
  [Name in keyof Intents]: Intents[Name]["reply"] extends null ? never : Name;
}[keyof Intents];

/** The events as systems hear them: a move also has the stamp of its tick, where the server gives one. */
export interface Told extends Omit<Events, "user_moved"> {
  /** A packet of voice, of somebody who is present. */
  readonly voice: Omit<VoiceRecord, "n"> & { readonly user_id: string };
  readonly user_moved: Events["user_moved"] & { readonly stamp?: number };
}

/** The means by which a visitor is let in, where a room wants one. */
export type Key = Pick<Join, "password" | "invite">;

/** The connection as systems see it. */
export interface Wire {
  readonly $connection: State<Connection>;
  /** Each join that was granted, rejoins included. */
  readonly $joined: Observable<void>;
  /** The users present, we included: user id → number of connections. Empty before the first join. */
  readonly $present: State<ReadonlyMap<string, number>>;
  /** An event of the room, in the room's order. */
  on<Name extends keyof Told>(name: Name): Observable<Told[Name]>;
  /** Ask for something. Resolves with the reply's response; rejects with a `Refusal`. */
  push<Name extends Replied>(
    name: Name,
    payload: Intents[Name]["payload"],
  ): Promise<Intents[Name]["reply"]>;
  /** Send our pose; false when it was not taken: not joined, or the line is clogged. */
  move(pose: Pose): boolean;
  /** Send a packet of voice; false when it was not taken: not joined, or the line is clogged. */
  talk(packet: ArrayBuffer): boolean;
  /** Connect and join; from then on it stays so by itself. Again only in the state "asked". */
  enter(key?: Key): void;
  /** The network or the page has just come back: see at once whether the connection is still there. */
  test(): void;
}

/** An intent that came to nothing. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    /** The server's word for why; "no connection" and "timeout" are ours. */
    readonly reason: string,
    /** The whole response, which may say more. */
    readonly response: Readonly<Record<string, unknown>> = { reason },
  ) {
    super(reason);
  }
}
