/** The users present: a count in the top bar, and a message when somebody comes or goes. */

import { pairwise } from "rxjs";
import type { People, Person } from "../shared.js";
import type { System } from "../system.js";
import { add } from "../ui/dom.js";

/** Milliseconds: a newcomer's browser tells the name that they chose just after the join. */
const NAMED = 1500;

export const presence: System = ({ page, shared, wire, ui }) => {
  const count = add(ui.topBar, "span", "present");
  wire.$present.subscribe((present) => {
    count.textContent = presentText(present.size, present.get(page.userId) ?? 0);
  });
  wire.$connection.subscribe(({ state }) => {
    count.hidden = state !== "joined"; // nobody tells us of the others
  });
  const tell = ({ name, color }: Person, what: string): void => ui.toast({ text: `${name} ${what}`, color });
  shared.$people.pipe(pairwise()).subscribe(([before, after]) => {
    if (!before.has(page.userId)) return; // those we find here are no newcomers
    for (const [, person] of newIn(before, after)) tell(person, "left");
    for (const [userId] of newIn(after, before)) {
      setTimeout(() => {
        const person = shared.$people.value.get(userId);
        if (person) tell(person, "joined");
      }, NAMED);
    }
  });
};

/** The people of one map that are not in the other. */
function newIn(people: People, other: People): [string, Person][] {
  return [...people].filter(([userId]) => !other.has(userId));
}

/** A visitor who tries a room in two windows of one browser sees nobody, and is told why. */
export function presentText(count: number, ownWindows: number): string {
  if (count === 0) return "";
  if (count > 1) return `${count} here`;
  return ownWindows > 1 ? `only you here, in ${ownWindows} windows` : "only you here";
}
