/** Gestures and the raised hand: by keys, and by a wheel that a button opens. */

import { map } from "rxjs";
import { GESTURE_KINDS, type Gesture, GESTURES } from "../avatars/gesture_pictures.js";
import { tellRefusal } from "../refused.js";
import type { Context, System } from "../system.js";
import { add, addIconButton, addPicture } from "../ui/dom.js";
import { onKey } from "../ui/keys.js";
import { gestureItems } from "../wrist_pages.js";

const HAND = "M7.5 13V7.5M10.5 11.5V4.5M13.5 11.5V5M16.5 12.5V7.5V15a5.5 5.5 0 0 1-5.5 5.5c-2.5 0-3.5-1.2-5-3.7L4.3 13.8L7.5 14.5";

export const gestures: System = (context) => {
  const { page, shared, wire, ui } = context;
  const choose = addWheel(context);
  const react = (kind: Gesture): void => tellRefusal(ui, wire.push("react", { kind }));
  for (const kind of GESTURE_KINDS) {
    const { words, key, path } = GESTURES[kind];
    const act = (): void => react(kind);
    choose(words, path, act).setAttribute("title", `${words} (${key.replace("Digit", "")})`);
    onKey(key, act);
  }
  const raised = (): boolean => shared.$people.value.get(page.userId)?.hand ?? false;
  const toggle = (): void => tellRefusal(ui, wire.push("raise_hand", { up: !raised() }));
  const hand = choose("Raise hand", HAND, toggle);
  hand.setAttribute("title", "Raise hand (H)");
  onKey("KeyH", toggle);
  const $items = gestureItems(shared.$people.pipe(map(raised)), react, toggle);
  ui.wrist.add({ title: "Gestures", $items });
  shared.$people.subscribe(() => hand.setAttribute("aria-pressed", String(raised())));

  wire.on("reacted").subscribe(({ user_id, kind }) => {
    if (user_id === page.userId) ui.toast({ text: `${GESTURES[kind].words}: all here see it` });
    else shared.$sound.next({ name: kind, userId: user_id });
  });
};

/** Add the button and what it opens. Returns what adds a choice there. */
function addWheel({ wire, ui }: Context): (words: string, path: string, act: () => void) => HTMLElement {
  const place = add(ui.tools, "div", "gestures");
  const wheel = add(place, "div", "wheel");
  wheel.id = "gestures";
  wheel.hidden = true;
  wheel.setAttribute("role", "group");
  wheel.setAttribute("aria-label", "Gestures");
  const button = addIconButton(place, "tool gesture", "Gestures");
  button.setAttribute("aria-controls", wheel.id);
  const open = (shown: boolean): void => {
    wheel.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
  };
  open(false);
  button.addEventListener("click", () => open(Boolean(wheel.hidden)));
  ui.canvas.addEventListener("pointerdown", () => open(false));
  place.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || wheel.hidden) return;
    open(false);
    button.focus();
  });
  wire.$connection.subscribe(({ state }) => {
    place.hidden = state !== "joined";
  });
  return (words, path, act) => {
    const choice = add(wheel, "button", "tool choice");
    choice.type = "button";
    choice.setAttribute("aria-label", words);
    addPicture(choice, path);
    choice.addEventListener("click", () => {
      act();
      open(false);
      ui.canvas.focus();
    });
    return choice;
  };
}
