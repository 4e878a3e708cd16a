/** The fields in which somebody chooses their name, figure and colour; the figures wear the colour at once. */

import { AVATARS, type Avatar, type Chosen, COLORS, LONGEST_NAME } from "../profile.js";
import { add } from "./dom.js";
import { addFigure } from "./figure.js";

export interface ProfileForm {
  /** Hears "change" when a choice is made. */
  readonly element: HTMLElement;
  readonly name: HTMLInputElement;
  /** The choices so far; a name of nothing but spaces is none. */
  readonly chosen: Chosen;
  /** Show how others know us, in the fields that were not chosen. */
  show(known: Chosen): void;
}

export function addProfileForm(parent: HTMLElement, before: Chosen): ProfileForm {
  const chosen: { -readonly [Field in keyof Chosen]: Chosen[Field] } = { ...before };
  const form = add(parent, "div", "profile");
  const row = add(form, "label", "field");
  add(row, "span", "legend", "Your name");
  const name = add(row, "input", "text");
  name.type = "text";
  name.maxLength = LONGEST_NAME;
  name.setAttribute("autocomplete", "nickname");
  name.dir = "auto";
  name.value = before.name ?? "";
  name.placeholder = "Visitor";
  name.addEventListener("input", () => {
    const text = name.value.trim();
    if (text === "") delete chosen.name;
    else chosen.name = text;
  });

  const figures = addChoices(form, "Figure", "figures", AVATARS, (option, avatar) => {
    addFigure(option, avatar as Avatar);
    add(option, "span", "words", AVATARS[avatar as Avatar]);
  });
  const colors = addChoices(form, "Colour", "colors", COLORS, (option, color) => {
    add(option, "span", "swatch").style.setProperty("background", color);
  });
  const wear = (color: string | undefined): void => form.style.setProperty("--own", color ?? "var(--accent)");
  figures.listen((avatar) => (chosen.avatar = avatar));
  colors.listen((color) => {
    chosen.color = color;
    wear(color);
  });
  const show = (known: Chosen): void => {
    figures.show(chosen.avatar ?? known.avatar);
    colors.show(chosen.color ?? known.color);
    wear(chosen.color ?? known.color);
    if (known.name !== undefined) name.placeholder = known.name;
  };
  show({});
  return { element: form, name, chosen, show };
}

interface Choices {
  show(value: string | undefined): void;
  listen(choose: (value: string) => void): void;
}

let groups = 0;

/** A row of radio buttons, each drawn by `fill`. */
function addChoices(
  form: HTMLElement, legend: string, className: string, options: Readonly<Record<string, string>>,
  fill: (option: HTMLElement, value: string) => void,
): Choices {
  const set = add(form, "fieldset", `choices ${className}`);
  add(set, "legend", "legend", legend);
  const group = `${className} ${(groups += 1)}`;
  const radios = Object.entries(options).map(([value, words]) => {
    const option = add(set, "label", "option");
    const radio = add(option, "input", "radio");
    radio.type = "radio";
    radio.name = group;
    radio.value = value;
    radio.setAttribute("aria-label", words);
    option.setAttribute("title", words);
    fill(option, value);
    return radio;
  });
  return {
    show: (value) => {
      for (const radio of radios) radio.checked = radio.value === value;
    },
    listen: (choose) => {
      for (const radio of radios) radio.addEventListener("change", () => choose(radio.value));
    },
  };
}
