/** A text in a few short rows, as above a head. Pure. */

/**
 * At most `most` rows, none wider than `width`; a word that is too wide is cut, and so is a text that
 * is too long. `measure` gives the width of a text.
 */
export function wrap(text: string, width: number, most: number, measure: (text: string) => number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.trim().split(/\s+/)) {
    const longer = row === "" ? word : `${row} ${word}`;
    if (measure(longer) <= width) {
      row = longer;
      continue;
    }
    if (row !== "") rows.push(row);
    if (rows.length === most) return ended(rows, width, measure);
    row = word;
    while (measure(row) > width) {
      const head = cut(row, width, measure);
      rows.push(head);
      if (rows.length === most) return ended(rows, width, measure);
      row = row.slice(head.length);
    }
  }
  return [...rows, row];
}

/** The longest beginning that is not wider than `width`, a letter at least. */
function cut(text: string, width: number, measure: (text: string) => number): string {
  const letters = Array.from(text);
  let [short, long] = [1, letters.length];
  while (short < long) {
    const middle = Math.ceil((short + long) / 2);
    if (measure(letters.slice(0, middle).join("")) <= width) short = middle;
    else long = middle - 1;
  }
  return letters.slice(0, short).join("");
}

/** There is more: the last row says so. */
function ended(rows: readonly string[], width: number, measure: (text: string) => number): string[] {
  const last = cut(rows.at(-1) as string, width - measure("…"), measure);
  return [...rows.slice(0, -1), `${last}…`];
}
