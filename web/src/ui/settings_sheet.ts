/** The sheet with the visitor's choices, made from their table: a choice works at once. */

import { type BehaviorSubject, fromEvent, takeUntil } from "rxjs";
import { type Choice, GROUPS, type Name, type Preference, PREFERENCES, type Preferences, type Range } from "../preferences.js";
import { changesFor, type Chosen, type Profile } from "../profile.js";
import { add } from "./dom.js";
import { addProfileForm } from "./profile_form.js";

/** The visitor as the others know them, and the function that tells a change. */
export interface Own {
  readonly profile: Profile;
  readonly tell: (changes: Chosen) => void;
}

/** A row's control, and the function that shows a value in it. */
interface Control {
  readonly element: HTMLElement;
  readonly show: (value: never) => void;
}

/** Fill an open dialog. Somebody who is in no room has no name to change. */
export function fillSettings(dialog: HTMLDialogElement, preferences: Preferences, own?: Own): void {
  if (own) addOwn(dialog, own);
  const names = Object.keys(PREFERENCES) as Name[];
  for (const group of GROUPS) {
    const set = add(dialog, "fieldset", "group");
    add(set, "legend", "legend", group);
    for (const name of names.filter((key) => PREFERENCES[key].group === group)) {
      addRow(set, PREFERENCES[name], preferences[name] as BehaviorSubject<unknown>, dialog);
    }
  }
  const reset = add(add(dialog, "p", "buttons"), "button", "quiet", "Back to the defaults");
  reset.type = "button";
  reset.addEventListener("click", () => {
    for (const name of names) (preferences[name] as BehaviorSubject<unknown>).next(PREFERENCES[name].first);
  });
}

/** The name is told when it is left or confirmed, a figure or colour at once. */
function addOwn(dialog: HTMLElement, { profile, tell }: Own): void {
  const form = addProfileForm(dialog, profile);
  let known = profile;
  form.element.addEventListener("change", () => {
    const changes = changesFor(known, form.chosen);
    known = { ...known, ...changes };
    tell(changes);
  });
}

function addRow(set: HTMLElement, preference: Preference, $value: BehaviorSubject<unknown>, dialog: HTMLElement): void {
  const row = add(set, "label", `row ${preference.kind}`);
  add(row, "span", "label", preference.label);
  const { element, show } = addControl(row, preference, $value);
  element.classList.add("control");
  $value.pipe(takeUntil(fromEvent(dialog, "close"))).subscribe((value) => show(value as never));
}

function addControl(row: HTMLElement, preference: Preference, $value: BehaviorSubject<unknown>): Control {
  switch (preference.kind) {
    case "choice":
      return addSelect(row, preference, $value as BehaviorSubject<string>);
    case "range":
      return addSlider(row, preference, $value as BehaviorSubject<number>);
    case "flag":
      return addSwitch(row, $value as BehaviorSubject<boolean>);
  }
}

function addSelect(row: HTMLElement, { options }: Choice<string>, $value: BehaviorSubject<string>): Control {
  const select = add(row, "select", "");
  for (const [value, words] of Object.entries(options)) add(select, "option", "", words).value = value;
  select.addEventListener("change", () => $value.next(select.value));
  return { element: select, show: (value: string) => (select.value = value) };
}

function addSlider(row: HTMLElement, { least, most, step, unit }: Range, $value: BehaviorSubject<number>): Control {
  const number = add(row, "span", "number");
  number.setAttribute("aria-hidden", "true"); // the slider tells it itself
  const slider = add(row, "input", "");
  Object.assign(slider, { type: "range", min: String(least), max: String(most), step: String(step) });
  slider.addEventListener("input", () => $value.next(slider.valueAsNumber));
  const show = (value: number): void => {
    slider.value = String(value);
    number.textContent = `${value}${unit}`;
    slider.setAttribute("aria-valuetext", `${value}${unit}`);
  };
  return { element: slider, show };
}

function addSwitch(row: HTMLElement, $value: BehaviorSubject<boolean>): Control {
  const box = add(row, "input", "");
  box.type = "checkbox";
  box.addEventListener("change", () => $value.next(box.checked));
  return { element: box, show: (value: boolean) => (box.checked = value) };
}
