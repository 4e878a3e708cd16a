/** The line at the bottom that says how to walk and look. */

import type { System } from "../system.js";

const KEYS = ["Walk: W A S D or arrows", "Look: drag", "Run: Shift"];
const FINGERS = ["Walk and turn: hold and drag", "Look: two fingers"];

export const help: System = ({ ui }) => {
  const touch = window.matchMedia("(hover: none)").matches;
  for (const phrase of touch ? FINGERS : KEYS) ui.addHelp(phrase);
};
