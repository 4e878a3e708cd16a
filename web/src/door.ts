/** Why a websocket was refused: a browser tells its page nothing about it, so the server is asked. */

import type { Explained } from "./connection.js";
import type { Page } from "./page.js";
import { ownPath } from "./base.js";

/** The server's answer; undefined when it gave none. */
export type Door = ({ readonly open: true } | ({ readonly open: false } & Explained)) | undefined;

/** Milliseconds after which there is no answer. */
const DEADLINE = 5000;

/** Whether the next attempt would be let in, and why not. Never throws. */
export async function askDoor({ roomId }: Page, token: string): Promise<Door> {
  const query = new URLSearchParams({ room: roomId, origin: location.origin });
  try {
    const response = await fetch(ownPath(`/api/door?${query}`), {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(DEADLINE),
    });
    return response.ok ? ((await response.json()) as Door) : undefined;
  } catch {
    return undefined; // the server is away, and the page says so already
  }
}
