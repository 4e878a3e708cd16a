/**
 * The Enter dialog: the click that browsers want before a page may give sound or enter VR, with the
 * visitor's name, figure and colour. It asks for a password, and says why somebody is not let in.
 */

import { map, take } from "rxjs";
import type { Connection } from "../connection.js";
import { introduce } from "../introduction.js";
import { browserStore } from "../preferences.js";
import { changesFor, type Chosen, keepChosen, type Profile, readChosen } from "../profile.js";
import type { Context, System } from "../system.js";
import { add } from "../ui/dom.js";
import { addProfileForm } from "../ui/profile_form.js";
import { addWaysOn } from "../ui/ways_on.js";
import { noticeText } from "./connection_notice.js";

/** Names that the dialog has room for. */
const NAMED = 8;
/** The name of somebody who has chosen none, as xr/profile.py makes it. */
const NO_NAME = /^Visitor [a-z]{2}\d{2}$/;

export const entering: System = (context) => {
  const { page, shared, wire, ui } = context;
  const doorway = ui.openDoorway("Enter the room");
  const dialog = doorway.element;
  add(dialog, "h2", "title", page.roomName).setAttribute("dir", "auto");
  const inside = add(dialog, "p", "inside", page.inside);
  const store = browserStore();
  const form = addProfileForm(dialog, readChosen(store));
  dialog.append(ui.entrance);
  const password = addPassword(dialog);
  add(dialog, "p", "hint", "Others in this room will see where you are and where you look.");
  const refusal = add(dialog, "p", "refusal");
  refusal.setAttribute("role", "status");
  const buttons = add(dialog, "p", "buttons");
  const button = add(buttons, "button", "go", "Enter");
  const inVr = add(buttons, "button", "vr", "Enter VR");
  const ways = addWaysOn(dialog);
  shared.$vr.subscribe((vr) => (inVr.hidden = vr !== "ready"));
  inVr.addEventListener("click", () => {
    shared.$vr_asked.next();
    button.click();
  });
  button.focus();
  shared.$look.subscribe(({ user_snapshot }) => {
    const others = Object.entries(user_snapshot).filter(([userId]) => userId !== page.userId);
    inside.textContent = insideText(others.map(([, { name }]) => name));
    form.show(user_snapshot[page.userId] ?? {});
  });
  wire.$joined.pipe(take(1)).subscribe(() => {
    keepChosen(store, form.chosen);
    introduceOnce(context, form.chosen);
    doorway.close(ui.canvas);
  });
  wire.$connection.subscribe((connection) => {
    const { state } = connection;
    button.disabled = inVr.disabled = state !== "outside" && state !== "asked";
    button.textContent = LABELS[state] ?? "Enter";
    refusal.textContent = refusalText(connection);
    refusal.hidden = refusal.textContent === "";
    buttons.hidden = state === "over";
    ways.hidden = state !== "over" && state !== "refused";
    if (state === "asked") password.ask();
  });
  const enter = (): void => {
    if (button.disabled) return;
    dialog.focus(); // its button waits now
    wire.enter({ password: password.value, invite: inviteOf(location) });
  };
  button.addEventListener("click", enter);
  for (const field of [form.name, password.field]) {
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) enter();
    });
  }
};

const LABELS: Partial<Record<Connection["state"], string>> = { joining: "Entering…", refused: "Waiting…", away: "Waiting…" };

interface Password {
  readonly field: HTMLInputElement;
  readonly value: string | null;
  ask(): void;
}

/** The field for the room's password; it is not seen until the room asks for one. */
function addPassword(dialog: HTMLElement): Password {
  const row = add(dialog, "label", "field password");
  add(row, "span", "legend", "Password of this room");
  const field = add(row, "input", "text");
  field.type = "password";
  field.autocomplete = "off";
  row.hidden = true;
  return {
    field,
    get value() {
      return field.value || null;
    },
    ask: () => {
      row.hidden = false;
      field.focus();
    },
  };
}

/** Tell the choices that differ from how the server knows us. */
function introduceOnce(context: Context, chosen: Chosen): void {
  const { page, wire } = context;
  wire.on("user_snapshot").pipe(take(1), map((users) => users[page.userId] as Profile)).subscribe((known) => {
    introduce(context, changesFor(known, chosen));
  });
}

/** The invite in the link, behind `?` or `#`. */
export function inviteOf({ search, hash }: Pick<Location, "search" | "hash">): string | null {
  return new URLSearchParams(search).get("invite") ?? new URLSearchParams(hash.slice(1)).get("invite");
}

/** The sentence that says why we are not inside; nothing while we may still get in. */
export function refusalText(connection: Connection): string {
  switch (connection.state) {
    case "asked":
      return noticeText({ ...connection, state: "refused" });
    case "refused":
    case "over":
      return noticeText(connection);
    default:
      return "";
  }
}

/** By name those who have chosen one, as far as there is room; the others by number. A name keeps its own direction. */
export function insideText(names: readonly string[]): string {
  const chosen = names.filter((name) => !NO_NAME.test(name));
  const shown = chosen.slice(0, NAMED).map((name) => `\u2068${name}\u2069`);
  const more = names.length - shown.length;
  if (names.length === 0) return "Nobody is inside yet.";
  if (shown.length === 0) return more === 1 ? "1 person is inside." : `${more} people are inside.`;
  const last = more > 0 ? `${more} more` : (shown.pop() as string);
  if (shown.length === 0) return `${last} is inside.`;
  return `${shown.join(", ")} and ${last} are inside.`;
}
