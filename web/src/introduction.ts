/** Tells the room how we want to be known. */

import { type Chosen, keepChosen, readChosen } from "./profile.js";
import { browserStore } from "./preferences.js";
import type { Context } from "./system.js";
import { Refusal } from "./wire.js";

/** Tell changes of the own profile; a refusal is told to the visitor. */
export function introduce({ wire, ui }: Pick<Context, "wire" | "ui">, changes: Chosen): void {
  if (Object.keys(changes).length === 0) return;
  wire.push("i_am", changes).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    const { detail } = error.response as { detail?: string };
    ui.toast({ text: detail ?? `Your name and look stay as they were (${error.reason}).` });
  });
}

/** The same for somebody who is inside, and keep the changes for next time. */
export function reintroduce(context: Pick<Context, "wire" | "ui">, changes: Chosen): void {
  const store = browserStore();
  keepChosen(store, { ...readChosen(store), ...changes });
  introduce(context, changes);
}
