/** The socket token: good for a day, and renewed for a page that stays open longer. */

/** Older than this, a token is renewed before it is used again (milliseconds). */
const OLD = 12 * 3600 * 1000;

/** Keeps the token that the next connection uses. */
export class Token {
  #value: string;
  #born: number;
  #renewing = false;
  readonly #fetch: () => Promise<string>;

  constructor(value: string, fetchToken: () => Promise<string> = fetchFromServer) {
    this.#value = value;
    this.#born = Date.now();
    this.#fetch = fetchToken;
  }

  get value(): string {
    return this.#value;
  }

  /**
   * A connection is to be made anew. `refused` says that the last attempt never opened: a browser
   * does not tell a 403 from a server that is away, so the token may be why.
   */
  async refresh(refused: boolean): Promise<void> {
    if (this.#renewing || (!refused && Date.now() - this.#born < OLD)) return;
    this.#renewing = true;
    try {
      this.#value = await this.#fetch();
      this.#born = Date.now();
    } catch {
      // no server, no token: the next attempt that fails asks again
    } finally {
      this.#renewing = false;
    }
  }
}

async function fetchFromServer(): Promise<string> {
  const response = await fetch("/api/token", { credentials: "same-origin" });
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  const { token } = (await response.json()) as { token: string };
  return token;
}
