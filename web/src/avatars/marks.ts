/** The marks that say what somebody is doing: their words, pictures and colours. */

import type { Person } from "../shared.js";

/** A mark: its words, the colour of its plate and its picture, as lines of an SVG path in a square of 24. */
interface Picture {
  readonly words: string;
  readonly plate: string;
  readonly ink: string;
  readonly path: string;
}

const DARK = "#1b1e33";
const LIGHT = "#ffffff";

export const MARKS = {
  hand: {
    words: "hand raised",
    plate: "#f5bd3c",
    ink: DARK,
    path: "M7.5 13V7.5M10.5 11.5V4.5M13.5 11.5V5M16.5 12.5V7.5V15a5.5 5.5 0 0 1-5.5 5.5c-2.5 0-3.5-1.2-5-3.7L4.3 13.8L7.5 14.5",
  },
  speaking: { words: "speaking", plate: "#2f9e63", ink: LIGHT, path: "M4.5 10v4M8.25 7v10M12 4.5v15M15.75 7v10M19.5 10v4" },
  writing: { words: "writing", plate: DARK, ink: LIGHT, path: "M6 12h.01M12 12h.01M18 12h.01" },
  silent: {
    words: "no connection",
    plate: "#c8412f",
    ink: LIGHT,
    path: "M4 10.5a11 11 0 0 1 4-2.6M12.5 7.1a11 11 0 0 1 7.5 3.4M7.5 14.2a6.2 6.2 0 0 1 3-1.6M12 18.2h.01M4.5 4.5l15 15",
  },
  away: { words: "away", plate: DARK, ink: LIGHT, path: "M19.5 14.5A8 8 0 1 1 9.5 4.5a6.5 6.5 0 0 0 10 10z" },
  muted: {
    words: "muted",
    plate: "#c8412f",
    ink: LIGHT,
    path: "M9 9.5V11a3 3 0 0 0 4.8 2.4M15 10V6.5a3 3 0 0 0-5.8-1.1M6.5 11a5.5 5.5 0 0 0 9 4.3M12 16.5V20M4.5 4.5l15 15",
  },
} as const satisfies Record<string, Picture>;

export type Mark = keyof typeof MARKS;
export const ALL_MARKS = Object.keys(MARKS) as Mark[];

/** Marks for something that somebody does now. They are no part of the person. */
export type Passing = "speaking" | "writing";

/** The user ids of those who have a passing mark. */
export type PassingMarks = Readonly<Record<Passing, ReadonlySet<string>>>;

/** Whether a mark is to be seen of somebody now. */
export function isMarked(mark: Mark, userId: string, person: Person, passing: PassingMarks): boolean {
  if (mark === "hand") return person.hand;
  if (mark === "silent") return person.silent;
  if (mark === "away") return person.away && !person.silent;
  if (mark === "muted") return person.mic === "muted";
  return passing[mark].has(userId);
}
