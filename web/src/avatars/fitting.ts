/** Names in a place of limited width. Pure: `measure` gives the width of a text. */

/** Letters of a script that runs from right to left, before any of another. */
const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

export function directionOf(name: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.test(name) ? "rtl" : "ltr";
}

/** As much of the name as fits, with "…" behind it if that is not all. */
export function fit(name: string, width: number, measure: (text: string) => number): string {
  if (measure(name) <= width) return name;
  const letters = split(name);
  while (letters.length > 1) {
    letters.pop();
    const shortened = `${letters.join("").trimEnd()}…`;
    if (measure(shortened) <= width) return shortened;
  }
  return "…";
}

/** The letters as one sees them: an emoji of several code points is one. */
function split(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
