/** The wrist menu's picture, on a canvas. */

import { HEIGHT, type MenuModel, ROW, TITLE, WIDTH } from "./menu_model.js";

const BACK = "#1b1e33";
const LINE = "#2b3050";
const HOVERED = "#4b57c9";
const WORDS = "#ffffff";
const SOFT = "#c4c9e6";
const MARGIN = 28;
const GAP = 6;

/** Draw all of it; `hovered` is the row that a hand points at, -1 the title. */
export function paintMenu(context: CanvasRenderingContext2D, model: MenuModel, hovered: number | undefined): void {
  context.fillStyle = BACK;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  if (hovered === -1) fill(context, HOVERED, GAP, TITLE - 2 * GAP);
  context.textBaseline = "middle";
  words(context, `${model.isTop ? "×" : "‹"}  ${model.title}`, "left", MARGIN, TITLE / 2, 40, WORDS, WIDTH - 2 * MARGIN);
  model.rows.forEach(({ label, state = "", act }, row) => {
    const top = TITLE + row * ROW;
    if (act) fill(context, row === hovered ? HOVERED : LINE, top, ROW - GAP);
    const aside = words(context, state, "right", WIDTH - MARGIN, top + ROW / 2, 32, SOFT, WIDTH / 2);
    const room = WIDTH - 2 * MARGIN - (aside > 0 ? aside + MARGIN : 0);
    if (act) words(context, label, "left", MARGIN, top + ROW / 2, 36, WORDS, room);
    else text(context, label, top, room);
  });
}

function fill(context: CanvasRenderingContext2D, color: string, top: number, height: number): void {
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(GAP, top, WIDTH - 2 * GAP, height, 14);
  context.fill();
}

/** One line, cut where it is too long. Returns its width. */
function words(
  context: CanvasRenderingContext2D, line: string, align: CanvasTextAlign, x: number, y: number, size: number,
  color: string, room: number,
): number {
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.fillStyle = color;
  context.textAlign = align;
  let shown = line;
  while (shown.length > 1 && context.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`;
  context.fillText(shown, x, y);
  return context.measureText(shown).width;
}

/** Something to be read: two smaller lines. */
function text(context: CanvasRenderingContext2D, line: string, top: number, room: number): void {
  context.font = "500 30px system-ui, sans-serif";
  const [first = "", ...more] = breakLine(line, (part) => context.measureText(part).width <= room);
  const both = more.length > 0;
  words(context, first, "left", MARGIN, top + (both ? ROW * 0.28 : ROW / 2), 30, SOFT, room);
  if (both) words(context, more.join(" "), "left", MARGIN, top + ROW * 0.7, 30, SOFT, room);
}

/** Break a text at its spaces into lines that fit. Pure. */
export function breakLine(line: string, fits: (line: string) => boolean): string[] {
  const lines: string[] = [];
  for (const word of line.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && fits(`${last} ${word}`)) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
