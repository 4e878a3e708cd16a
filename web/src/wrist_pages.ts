/** The room on the wrist of somebody in VR: people, chat and gestures as lines of the menu. */

import { map, type Observable, of } from "rxjs";
import { GESTURE_KINDS, type Gesture, GESTURES } from "./avatars/gesture_pictures.js";
import { type Act, ACTS, actsOn, CONFIRMED } from "./roster.js";
import type { Person } from "./shared.js";
import type { Item } from "./ui/wrist.js";
import type { Said } from "./wire.gen.js";

/** Lines of the chat that fit above the answers. */
const LINES = 3;
/** Answers that need no keyboard. */
export const ANSWERS = ["Hello!", "Yes", "No", "One moment"];
/** Acts that a body in VR does by itself. */
const BY_BODY: ReadonlySet<Act> = new Set(["look", "walk"]);

/** Somebody in the list. */
export interface Listed {
  readonly userId: string;
  readonly person: Person;
  readonly own: boolean;
  readonly ignored: boolean;
  /** The place in words, such as "3.0 m ahead". */
  readonly place: string;
}

/** A line for each; it opens what somebody with the role `own` may do to them. */
export function personItems(listed: readonly Listed[], own: Person["role"], run: (act: Act, userId: string) => void): Item[] {
  return listed.map(({ userId, person, own: self, ignored, place }) => {
    const label = person.hand ? `✋ ${person.name}` : person.name;
    if (self) return { label, state: "you" };
    const acts = actsOn(person, own, ignored).filter((act) => !BY_BODY.has(act));
    return { label, state: place, page: { title: person.name, $items: of(acts.map((act) => actItem(act, () => run(act, userId)))) } };
  });
}

/** An act that sends somebody away asks once more. */
function actItem(act: Act, run: () => void): Item {
  const question = CONFIRMED[act];
  if (question === undefined) return { label: ACTS[act], act: run };
  return { label: ACTS[act], page: { title: question, $items: of([{ label: `Yes: ${ACTS[act].toLowerCase()}`, act: run }]) } };
}

/** The newest lines of the chat, and answers to press. */
export function chatItems($lines: Observable<readonly Said[]>, say: (text: string) => void): Observable<Item[]> {
  const answers = ANSWERS.map((text): Item => ({ label: text, act: () => say(text) }));
  return $lines.pipe(
    map((lines) => [...lines.slice(-LINES).map(({ name, text }): Item => ({ label: `${name}: ${text}` })), ...answers]),
  );
}

/** The gestures, and the hand, which stays up. */
export function gestureItems(
  $raised: Observable<boolean>, show: (kind: Gesture) => void, toggle: () => void,
): Observable<Item[]> {
  const kinds = GESTURE_KINDS.map((kind): Item => ({ label: GESTURES[kind].words, act: () => show(kind) }));
  return $raised.pipe(map((raised) => [...kinds, { label: raised ? "Take the hand down" : "Raise hand", act: toggle }]));
}
