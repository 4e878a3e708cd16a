/** Somebody's colour as letters: as it is where it can be read, else darker or paler. Pure. */

/** The least contrast of letters (WCAG 2, AA). */
const LEAST = 4.5;
/** Steps towards black or white in which a colour is tried. */
const STEPS = 20;

/** The ground of panels, in daylight and in the dark: `--card` of style.css. */
export const GROUNDS = { light: "#ffffff", dark: "#1b1e2f" } as const;

/** The colour, `#rrggbb`, or the next darker or paler one that can be read on `ground`. */
export function inkOn(color: string, ground: string): string {
  const end = luminance(ground) > 0.2 ? 0 : 255;
  for (let step = 0; step < STEPS; step += 1) {
    const ink = mix(color, end, step / STEPS);
    if (contrast(ink, ground) >= LEAST) return ink;
  }
  return mix(color, end, 1);
}

/** The contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].toSorted((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const [red, green, blue] = partsOf(color).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(color: string, end: number, share: number): string {
  const mixed = partsOf(color).map((part) => Math.round(part + (end - part) * share));
  return `#${mixed.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function partsOf(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}
