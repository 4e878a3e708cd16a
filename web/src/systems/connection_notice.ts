/** A notice about the connection while something is wrong with it. */

import { map } from "rxjs";
import type { Connection } from "../connection.js";
import type { System } from "../system.js";

export const connectionNotice: System = ({ wire, ui }) => {
  ui.notices.add(wire.$connection.pipe(map(noticeText)));
};

/** The server's reasons in a visitor's words. */
const ENDINGS: Readonly<Record<string, string>> = {
  cookie:
    "This browser forgot who you are. Please load the page again; " +
    "if that does not help, allow this site to keep cookies.",
  kicked: "You were sent out of this room. You can come back in a while.",
  forgotten: "You left this room, because all about you was deleted, as you asked on another page.",
  banned: "You cannot come into this room any more.",
  "no such room": "This room does not exist any more.",
  "this room was closed": "This room was closed.",
};

/** The same for reasons to wait, or to do something first. */
const REFUSALS: Readonly<Record<string, string>> = {
  "room is full": "The room is full. Waiting for a place…",
  "room is locked": "The room is locked. Waiting until somebody inside opens it…",
  "password needed": "This room has a password. Type it to enter.",
  "wrong password": "That is not the password of this room. Try again.",
  "too fast": "Too many wrong passwords. Wait a minute, then try again.",
};

/** The sentence about a connection; nothing while all is well. */
export function noticeText(connection: Connection): string {
  switch (connection.state) {
    case "away":
      return "No connection. Trying again…";
    case "refused":
      return (
        REFUSALS[connection.reason] ??
        (connection.text || `The room does not let us in (${connection.reason}). Trying again…`)
      );
    case "over":
      return (
        ENDINGS[connection.reason] ??
        (connection.text || `You are no longer in the room: ${connection.reason}.`)
      );
    default:
      return "";
  }
}
