/** The data that the server wrote into the page: the room, and our identity. */

/** From the page's meta elements. */
export interface Page {
  readonly roomId: string;
  readonly roomName: string;
  readonly userId: string;
  readonly userToken: string;
  /** Whether people hear each other on this server. */
  readonly voice: boolean;
  /** The server's sentence on how many were inside when it wrote the page. */
  readonly inside: string;
}

/** Read the meta elements. Throws when the page is not a room's. */
export function readPage(page: Document): Page {
  const read = (name: string): string => {
    const content = page.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
    if (content === undefined) throw new Error(`the page has no <meta name="${name}">`);
    return content;
  };
  return {
    roomId: read("room-id"),
    roomName: read("room-name"),
    userId: read("user-id"),
    userToken: read("user-token"),
    voice: page.querySelector<HTMLMetaElement>('meta[name="voice"]')?.content === "on",
    inside: page.querySelector(".inside")?.textContent ?? "",
  };
}
