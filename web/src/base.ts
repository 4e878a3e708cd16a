/** The path below which this server is found: its pages know it by their own. Mostly empty. */

const AT_ROOM = /\/rooms\/[^/]*\/?$/;

/** A path of this server, given from its root, as the browser has to ask for it. */
export function ownPath(path: string): string {
  const { location } = globalThis as { location?: { pathname?: string } };
  return (location?.pathname ?? "").replace(AT_ROOM, "").replace(/\/$/, "") + path;
}
