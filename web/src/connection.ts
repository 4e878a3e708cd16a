/** How the page stands with the server. */

export type Connection =
  /** The visitor has not entered yet. */
  | { readonly state: "outside" }
  | { readonly state: "joining" }
  | { readonly state: "joined" }
  /** Lost; another attempt follows by itself. */
  | { readonly state: "away" }
  /** The server refuses us for now; another attempt follows by itself. */
  | { readonly state: "refused"; readonly reason: string }
  /** For good: there are no more attempts. */
  | { readonly state: "over"; readonly reason: string };
