/** Tells the visitor in a sentence when a moderator or an owner has changed what they may do. */

import { distinctUntilChanged, filter, map, pairwise } from "rxjs";
import type { Person } from "../shared.js";
import type { System } from "../system.js";

const ROLES: Readonly<Record<Person["role"], string>> = {
  guest: "You are a guest of this room now.",
  member: "You are a member of this room now.",
  moderator: "You are a moderator of this room now: the people panel has what you may do.",
  owner: "You are an owner of this room now.",
};

export const ownStanding: System = ({ page, shared, ui }) => {
  const $own = shared.$people.pipe(
    map((people) => people.get(page.userId)),
    filter((person) => person !== undefined),
    distinctUntilChanged(),
    pairwise(),
  );
  $own.subscribe((change) => {
    for (const text of standingTexts(...change)) ui.toast({ text });
  });
};

/** A sentence for each difference. */
export function standingTexts(before: Person, now: Person): string[] {
  const texts: string[] = [];
  if (now.role !== before.role) texts.push(ROLES[now.role]);
  const muted = now.mic === "muted";
  if (muted !== (before.mic === "muted")) {
    texts.push(
      muted
        ? "A moderator has muted you: until they lift it, nobody hears you, and you cannot write."
        : "You may speak and write again.",
    );
  }
  return texts;
}
