/** The line at the bottom that says how to walk and look. */

import type { System } from "../system.js";

const KEYS = ["Walk: W A S D or arrows", "Turn: Q E", "Look: drag", "Run: Shift", "Jump: Space"];
const FINGERS = ["Walk and turn: hold and drag", "Look: two fingers"];

export const help: System = ({ ui }) => {
  const touch = window.matchMedia("(hover: none)").matches;
  for (const phrase of touch ? FINGERS : KEYS) ui.addHelp(phrase);
};
