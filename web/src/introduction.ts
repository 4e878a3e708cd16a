/** Tells the room how we want to be known. */

import { type Chosen, keepChosen, readChosen } from "./profile.js";
import { browserStore } from "./preferences.js";
import type { Context } from "./system.js";
import { tellRefusal } from "./refused.js";

/** Tell changes of the own profile; a refusal is told to the visitor. */
export function introduce({ wire, ui }: Pick<Context, "wire" | "ui">, changes: Chosen): void {
  if (Object.keys(changes).length === 0) return;
  tellRefusal(ui, wire.push("i_am", changes), "Your name and look stay as they were.");
}

/** The same for somebody who is inside, and keep the changes for next time. */
export function reintroduce(context: Pick<Context, "wire" | "ui">, changes: Chosen): void {
  const store = browserStore();
  keepChosen(store, { ...readChosen(store), ...changes });
  introduce(context, changes);
}
