/** Why a line was not sent, in the writer's words. Pure. */

import type { Refusal } from "../wire.js";

const REASONS: Readonly<Record<string, string>> = {
  muted: "A moderator has muted you here.",
  "not allowed": "Your role in this room does not allow it.",
  "no connection": "There is no connection. Try again in a moment.",
  timeout: "The server did not answer. Perhaps it was not sent.",
};

/** A sentence for a line, or a gesture, that was refused. */
export function refusedText({ reason, response }: Refusal): string {
  if (reason === "too fast") {
    const seconds = Math.max(1, Math.ceil(Number(response["retry_after"] ?? 1)));
    return `You are too fast: wait ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  }
  const detail = response["detail"];
  return REASONS[reason] ?? (typeof detail === "string" ? detail : `The room refuses it: ${reason}.`);
}
