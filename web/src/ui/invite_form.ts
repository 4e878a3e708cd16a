/** Part of the sheet with a room's links: one that gives those who open it a role. */

import type { NewInvite } from "../wire.gen.js";
import { add } from "./dom.js";

export interface Inviting {
  /** The roles that we may give. */
  readonly roles: readonly NewInvite["role"][];
  /** Make an invite: its link. Rejects with a sentence. */
  readonly make: (invite: NewInvite) => Promise<string>;
}

const ROLES: Readonly<Record<NewInvite["role"], string>> = {
  guest: "as a guest, also through a lock or a password",
  member: "as a member",
  moderator: "as a moderator",
  owner: "as an owner",
};
const HOURS: ReadonlyMap<string, number | null> = new Map([
  ["for a day", 24],
  ["for a week", 168],
  ["until it is revoked", null],
]);

/** Add the form; `show` is given each link that was made. */
export function addInviteForm(dialog: HTMLElement, { roles, make }: Inviting, show: (url: string) => void): void {
  const form = add(dialog, "form", "row invite");
  const role = addChoice(form, "Invite", roles.map((each) => [each, ROLES[each]]));
  const time = addChoice(form, "The link is good", [...HOURS.keys()].map((each) => [each, each]));
  const button = add(form, "button", "quiet", "Make an invite link");
  const said = add(form, "span", "done");
  said.setAttribute("role", "status");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      show(await make({ role: role.value as NewInvite["role"], hours: HOURS.get(time.value) ?? null }));
      said.textContent = "";
    } catch (error) {
      said.textContent = (error as Error).message;
    } finally {
      button.disabled = false;
    }
  });
}

function addChoice(form: HTMLElement, label: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  const select = add(add(form, "label", "address", label), "select", "choice");
  for (const [value, text] of options) add(select, "option", "", text).value = value;
  return select;
}
