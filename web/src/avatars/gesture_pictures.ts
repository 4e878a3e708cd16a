/** The gestures: their words, keys, and pictures, as lines of an SVG path in a square of 24. */

import type { React } from "../wire.gen.js";

export type Gesture = React["kind"];

interface Picture {
  readonly words: string;
  /** By its place on the keyboard. */
  readonly key: string;
  readonly plate: string;
  readonly ink: string;
  readonly path: string;
  /** The lines enclose something that is to be filled. */
  readonly filled?: true;
}

export const GESTURES: Readonly<Record<Gesture, Picture>> = {
  wave: {
    words: "Wave",
    key: "Digit1",
    plate: "#3b4fd8",
    ink: "#ffffff",
    path: "M7.5 13V8M10.5 11.5V5M13.5 11.5V5.5M16.5 12.5V8V15.5a5.5 5.5 0 0 1-5.5 5.5c-2.5 0-3.5-1.2-5-3.7L4.3 14.3L7.5 15M17.5 3a5 5 0 0 1 3.5 3.5M4 7.5a5 5 0 0 1 1.5-3",
  },
  clap: {
    words: "Clap",
    key: "Digit2",
    plate: "#f5bd3c",
    ink: "#1b1e33",
    path: "M11 11v7c0 2.5-3 3-4.5 1L3.5 15l2-1.2L8 15.5V10.5a1.5 1.5 0 0 1 3 0zM13 11v7c0 2.5 3 3 4.5 1L20.5 15l-2-1.2L16 15.5V10.5a1.5 1.5 0 0 0-3 0zM12 2.5v3M7 3.5l1.5 2.5M17 3.5l-1.5 2.5",
  },
  heart: {
    words: "Heart",
    key: "Digit3",
    plate: "#ffffff",
    ink: "#d42f6b",
    path: "M12 20S4 14.5 4 9a4.3 4.3 0 0 1 8-2a4.3 4.3 0 0 1 8 2c0 5.5-8 11-8 11z",
    filled: true,
  },
  laugh: {
    words: "Laugh",
    key: "Digit4",
    plate: "#ffd84d",
    ink: "#1b1e33",
    path: "M7 13.5h10a5 5 0 0 1-10 0zM6.5 9.5l1.7-1.5l1.7 1.5M14.1 9.5l1.7-1.5l1.7 1.5",
  },
};

export const GESTURE_KINDS = Object.keys(GESTURES) as Gesture[];
