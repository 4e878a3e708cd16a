/** Why something that we asked for was refused, in the visitor's words. */

import type { Ui } from "./ui/ui.js";
import { Refusal } from "./wire.js";

/** For refusals without a sentence of the server's. */
const REASONS: Readonly<Record<string, string>> = {
  muted: "A moderator has muted you here.",
  "not allowed": "Your role in this room does not allow it.",
  "no connection": "There is no connection. Try again in a moment.",
  timeout: "The server did not answer. Perhaps it was not sent.",
};

/** A sentence for a refusal. Pure. */
export function refusedText({ reason, response }: Refusal): string {
  if (reason === "too fast") {
    const seconds = Math.max(1, Math.ceil(Number(response["retry_after"] ?? 1)));
    return `You are too fast: wait ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  }
  const detail = response["detail"];
  return typeof detail === "string" ? detail : (REASONS[reason] ?? `The room refuses it: ${reason}.`);
}

/** Show why `asked` was refused, behind the sentence `before`. Any other error is thrown on. */
export function tellRefusal({ toast }: Pick<Ui, "toast">, asked: Promise<unknown>, before = ""): void {
  asked.catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    toast({ text: `${before} ${refusedText(error)}`.trim() });
  });
}
