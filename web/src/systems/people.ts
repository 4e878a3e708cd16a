/** One map of the people who are present, made of what the server tells of them. */

import { seenUsers } from "../seen.js";
import type { People, Person } from "../shared.js";
import type { System } from "../system.js";
import type { UserChanged, UserSnapshot } from "../wire.gen.js";

/** Before the avatars in the list of systems: a figure looks its person up when it comes. */
export const people: System = (context) => {
  const { wire } = context;
  const { $people } = context.shared;
  const change = (edit: (people: Map<string, Person>) => void): void => {
    const next = new Map($people.value);
    edit(next);
    $people.next(next);
  };
  seenUsers(context).subscribe((users) => $people.next(readPeople(users)));
  wire.on("user_joined").subscribe((user) => change((all) => all.set(user.user_id, readPerson(user))));
  wire.on("user_left").subscribe(({ user_id }) => change((all) => all.delete(user_id)));
  wire.on("user_changed").subscribe((changes) => {
    const person = $people.value.get(changes.user_id);
    if (person) change((all) => all.set(changes.user_id, changed(person, changes)));
  });
};

function readPeople(users: UserSnapshot): People {
  return new Map(Object.entries(users).map(([userId, user]) => [userId, readPerson(user)]));
}

/** A person as a payload has them, which leaves out that somebody is not away or silent. */
type Told = Omit<Person, "away" | "silent"> & Partial<Person>;

function readPerson({ name, color, avatar, role, mic, hand, stage = false, away = false, silent = false }: Told): Person {
  return { name, color, avatar, role, mic, hand, stage, away, silent };
}

/** A field that is left out, or null, stays as it was. */
function changed(person: Person, changes: UserChanged): Person {
  return {
    name: changes.name ?? person.name,
    color: changes.color ?? person.color,
    avatar: changes.avatar ?? person.avatar,
    role: changes.role ?? person.role,
    mic: changes.mic ?? person.mic,
    hand: changes.hand ?? person.hand,
    away: changes.away ?? person.away,
    silent: changes.silent ?? person.silent,
    stage: changes.stage ?? person.stage ?? false,
  };
}
