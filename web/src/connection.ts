/** How the page stands with the server. */

import { BehaviorSubject } from "rxjs";

export type Connection =
  /** The visitor has not entered yet. */
  | { readonly state: "outside" }
  | { readonly state: "joining" }
  | { readonly state: "joined" }
  /** Lost; another attempt follows by itself. */
  | { readonly state: "away" }
  /** The server refuses us for now; another attempt follows by itself. */
  | ({ readonly state: "refused" } & Explained)
  /** The room wants something of the visitor first: a password. Nothing follows until `enter`. */
  | ({ readonly state: "asked" } & Explained)
  /** For good: there are no more attempts. */
  | ({ readonly state: "over" } & Explained);

export interface Explained {
  /** One of the server's words for why. */
  readonly reason: string;
  /** The server's sentence for a person, if it gave one. */
  readonly text?: string;
}

/** The current connection, and the rules for its changes. */
export class ConnectionStatus {
  readonly $connection = new BehaviorSubject<Connection>({ state: "outside" });

  get isOver(): boolean {
    return this.$connection.value.state === "over";
  }

  /** Nothing follows "over". */
  become(connection: Connection): void {
    if (!this.isOver) this.$connection.next(connection);
  }
}
