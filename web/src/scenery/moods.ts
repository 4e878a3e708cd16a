/** How a kind of room looks around its furniture: sky, light, ground and paving. */

import type { Vec3 } from "../wire.gen.js";

/** Colours are RGB, each part 0 to 1; vectors need not be of unit length. */
export interface Mood {
  readonly zenith: Vec3;
  /** Of the sky at its foot, and of all that is far away. */
  readonly horizon: Vec3;
  readonly hills: Vec3;
  readonly sun: {
    /** Where its light goes. */
    readonly towards: Vec3;
    readonly color: Vec3;
    readonly intensity: number;
    /** Of the disc in the sky: its radius and that of its glow, as parts of the sky's. */
    readonly disc: number;
    readonly halo: number;
  };
  readonly stars: number;
  readonly clouds: number;
  /** Light from everywhere: from above, from the ground, and how much of it. */
  readonly ambient: { readonly above: Vec3; readonly below: Vec3; readonly intensity: number };
  readonly ground: Vec3;
  /** The side of the ground's slabs in metres; 0 for none. */
  readonly slabs: number;
  /** How uneven the ground's colour is, 0 to 1. */
  readonly uneven: number;
  readonly paving: Vec3;
  /** How dark a full shadow is, 0 to 1. */
  readonly shadow: number;
}

const PLAZA: Mood = {
  zenith: [0.14, 0.4, 0.82],
  horizon: [0.85, 0.91, 0.95],
  hills: [0.5, 0.62, 0.7],
  sun: { towards: [-0.75, -1, 0.5], color: [1, 0.93, 0.8], intensity: 0.74, disc: 0.035, halo: 0.4 },
  stars: 0,
  clouds: 14,
  ambient: { above: [0.86, 0.93, 1], below: [0.78, 0.72, 0.64], intensity: 0.72 },
  ground: [0.79, 0.75, 0.68],
  slabs: 2.5,
  uneven: 0.16,
  paving: [0.86, 0.78, 0.67],
  shadow: 0.5,
};

/** Kind of room → mood. A room that names none, as all did once, is a plaza. */
const MOODS: Readonly<Record<string, Mood>> = {
  plaza: PLAZA,
  garden: {
    zenith: [0.18, 0.48, 0.85],
    horizon: [0.88, 0.94, 0.93],
    hills: [0.42, 0.6, 0.5],
    sun: { towards: [0.6, -1.1, 0.55], color: [1, 0.95, 0.8], intensity: 0.76, disc: 0.035, halo: 0.4 },
    stars: 0,
    clouds: 20,
    ambient: { above: [0.85, 0.95, 1], below: [0.62, 0.66, 0.5], intensity: 0.72 },
    ground: [0.5, 0.63, 0.34],
    slabs: 0,
    uneven: 0.5,
    paving: [0.83, 0.8, 0.71],
    shadow: 0.5,
  },
  hall: {
    zenith: [0.38, 0.42, 0.68],
    horizon: [0.99, 0.84, 0.7],
    hills: [0.62, 0.48, 0.56],
    sun: { towards: [-0.95, -0.8, -0.55], color: [1, 0.8, 0.58], intensity: 0.78, disc: 0.05, halo: 0.6 },
    stars: 0,
    clouds: 18,
    ambient: { above: [0.9, 0.88, 1], below: [0.76, 0.66, 0.58], intensity: 0.7 },
    ground: [0.78, 0.71, 0.66],
    slabs: 5,
    uneven: 0.14,
    paving: [0.88, 0.79, 0.71],
    shadow: 0.46,
  },
  night: {
    zenith: [0.015, 0.025, 0.085],
    horizon: [0.16, 0.2, 0.36],
    hills: [0.07, 0.09, 0.19],
    sun: { towards: [0.65, -0.9, 0.6], color: [0.7, 0.8, 1], intensity: 0.3, disc: 0.045, halo: 0.3 },
    stars: 320,
    clouds: 0,
    ambient: { above: [0.6, 0.7, 1], below: [0.34, 0.3, 0.42], intensity: 0.5 },
    ground: [0.36, 0.37, 0.46],
    slabs: 2.5,
    uneven: 0.2,
    paving: [0.46, 0.45, 0.54],
    shadow: 0.5,
  },
};

export function moodOf(kind: unknown): Mood {
  return (typeof kind === "string" && Object.hasOwn(MOODS, kind) && MOODS[kind]) || PLAZA;
}
