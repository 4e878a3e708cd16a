/** The links in a text that somebody wrote. Pure. */

/** A piece of a text, and the address that it leads to if it is one. */
export interface Piece {
  readonly text: string;
  readonly url?: string;
}

const LINK = /\bhttps?:\/\/[^\s<>"']+/giu;
/** Marks behind an address that belong to the sentence. */
const ENDING = /[.,;:!?…'"»”’*_\]]$/u;

/** Cut a text into plain pieces and links; together they are the text. Only http and https are links. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = withoutEnding(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, url: new URL(address).href });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** A closing bracket is of the address only if that has opened it. */
function withoutEnding(address: string): string {
  const closed = address.endsWith(")") && address.split(")").length > address.split("(").length;
  return closed || ENDING.test(address) ? withoutEnding(address.slice(0, -1)) : address;
}
