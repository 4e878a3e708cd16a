/** The socket token: good for a day, and renewed for a page that stays open longer. */

import { ownPath } from "./base.js";

/** Older than this, a token is renewed before it is used again (milliseconds). */
const OLD = 12 * 3600 * 1000;

/** A token of the cookie's owner, from the server; undefined when it knows no such visitor. */
export interface Issued {
  readonly token: string;
  readonly userId: string;
}

/** Keeps the token that the next connection uses. */
export class Token {
  #value: string;
  #born = Date.now();
  readonly #userId: string;
  readonly #ask: () => Promise<Issued | undefined>;

  constructor(value: string, userId: string, ask: () => Promise<Issued | undefined> = askServer) {
    this.#value = value;
    this.#userId = userId;
    this.#ask = ask;
  }

  get value(): string {
    return this.#value;
  }

  /** A connection is to be made anew: take a newer token if ours is old. If there is none, it stays. */
  async freshen(): Promise<void> {
    if (Date.now() - this.#born >= OLD) await this.replace();
  }

  /**
   * Take a new token from the server. Returns false if it has none for this page's visitor: their
   * cookie went, or is another's (two rooms that were opened at once, before there was a cookie).
   *
   * The old one stays meanwhile. That the cookie disagrees says nothing against it.
   */
  async replace(): Promise<boolean> {
    try {
      const issued = await this.#ask();
      if (issued?.userId !== this.#userId) return false;
      this.#value = issued.token;
      this.#born = Date.now();
    } catch {
      // the server is away: the next attempt that fails asks again
    }
    return true;
  }
}

async function askServer(): Promise<Issued | undefined> {
  const response = await fetch(ownPath("/api/token"), { credentials: "same-origin" });
  if (response.status === 403) return undefined;
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  const { token, user_id: userId } = (await response.json()) as { token: string; user_id: string };
  return { token, userId };
}
