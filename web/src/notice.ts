/** What a visitor is told about the connection: over the picture, and in a headset. */

import type { Connection } from "./config.js";

/** What the server's reasons mean to a visitor. */
const ENDINGS: Readonly<Record<string, string>> = {
  kicked: "You were sent out of this room.",
  "no such room": "This room does not exist any more.",
  "this room was closed": "This room was closed.",
};

/** What to say about the connection; nothing while all is well. */
export function noticeText(connection: Connection): string {
  switch (connection.state) {
    case "away":
      return "No connection. Trying again…";
    case "refused":
      return connection.reason === "room is full"
        ? "The room is full. Waiting for a place…"
        : `The room does not let us in (${connection.reason}). Trying again…`;
    case "over":
      return ENDINGS[connection.reason] ?? `You are no longer in the room: ${connection.reason}.`;
    default:
      return "";
  }
}
