/** The rules of speaking in a room, in words. Pure. The server holds it; here it only says why. */

import { ranks } from "../roster.js";
import type { Person } from "../shared.js";
import type { RoomOptions } from "../wire.gen.js";

const LEAST = { everybody: "guest", members: "member", moderators: "moderator" } as const;

/** Why somebody may not speak now; "" where they may. */
export function whyNot(person: Person | undefined, options: Pick<RoomOptions, "voice" | "who_may_speak"> | undefined): string {
  if (person?.mic === "muted") return "A moderator has muted you.";
  if (!options || !person) return "";
  if (!options.voice) return "Voice is switched off in this room.";
  if (person.stage || ranks(person.role, LEAST[options.who_may_speak])) return "";
  return `Only ${options.who_may_speak} speak in this room. Raise your hand (H) to ask.`;
}
