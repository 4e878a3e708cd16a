/** One picture with what is above heads for a moment: the newest lines of the chat, and the gestures. */

import type { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { wrap } from "../chat/wrap.js";
import { type Gesture, GESTURE_KINDS, GESTURES } from "./gesture_pictures.js";
import { brushOf, type Cell, cellIn, createPicture } from "./picture.js";

/** Pixels of the picture, of a bubble's cell, and of a gesture's, which stand in a row below the bubbles. */
const SIZE = { width: 1024, height: 1024 };
const CELL = { width: 512, height: 128 };
const GESTURE = 128;
const COLUMNS = SIZE.width / CELL.width;
/** Bubbles at once. When full the oldest goes. */
export const BUBBLES = COLUMNS * ((SIZE.height - GESTURE) / CELL.height);
const LETTERS = 28;
const ROW = 34;
const ROWS = 3;
const PADDING = 18;
/** Milliseconds from one upload to the graphics card to the next, at least: it takes a while. */
const UPLOADS = 150;

export class BubbleAtlas {
  readonly texture: DynamicTexture;
  readonly gestures: Readonly<Record<Gesture, Cell>>;
  #changed = true;
  #uploaded = -Infinity;

  constructor(scene: Scene) {
    this.texture = createPicture("bubbles", SIZE, scene);
    const cells = GESTURE_KINDS.map((kind, index) => {
      const [x, y] = [index * GESTURE, SIZE.height - GESTURE];
      drawGesture(this.#context, kind, x, y);
      return [kind, cellIn(SIZE, x, y, { width: GESTURE, height: GESTURE })] as const;
    });
    this.gestures = Object.fromEntries(cells) as Record<Gesture, Cell>;
  }

  /** Draw a text into the bubble of this number, from 0. */
  draw(index: number, text: string): Cell {
    const x = (index % COLUMNS) * CELL.width;
    const y = Math.floor(index / COLUMNS) * CELL.height;
    this.#context.clearRect(x, y, CELL.width, CELL.height);
    this.#changed = true;
    const size = drawBubble(this.#context, text, x, y);
    return cellIn(SIZE, x, y + CELL.height - size.height, size);
  }

  /** The height of a cell in rows of text. */
  rowsOf(cell: Cell): number {
    return (cell.height * SIZE.height) / ROW;
  }

  /** Before a frame, at a time in milliseconds: bring what was drawn to the graphics card. */
  update(now: number): void {
    if (!this.#changed || now - this.#uploaded < UPLOADS) return;
    this.texture.update();
    this.#changed = false;
    this.#uploaded = now;
  }

  get #context(): CanvasRenderingContext2D {
    return brushOf(this.texture);
  }
}

/** A pale plate with the text, at the lower edge of the cell. Returns its size. */
function drawBubble(context: CanvasRenderingContext2D, text: string, x: number, y: number): { width: number; height: number } {
  context.font = `500 ${LETTERS}px system-ui, sans-serif`;
  const measure = (row: string): number => context.measureText(row).width;
  const rows = wrap(text, CELL.width - 2 * PADDING - 4, ROWS, measure);
  const width = Math.ceil(Math.max(...rows.map(measure)) + 2 * PADDING) + 4;
  const height = rows.length * ROW + 20;
  const top = y + CELL.height - height;
  context.fillStyle = "rgb(255 255 255 / 94%)";
  context.strokeStyle = "rgb(27 30 51 / 25%)";
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(x + 2, top + 2, width - 4, height - 4, 16);
  context.fill();
  context.stroke();
  context.fillStyle = "#1b1e33";
  context.textAlign = "center";
  context.textBaseline = "middle";
  rows.forEach((row, index) => context.fillText(row, x + width / 2, top + 10 + (index + 0.5) * ROW));
  return { width, height };
}

function drawGesture(context: CanvasRenderingContext2D, kind: Gesture, x: number, y: number): void {
  const { plate, ink, path, filled } = GESTURES[kind];
  context.save();
  context.translate(x, y);
  context.fillStyle = plate;
  context.beginPath();
  context.arc(GESTURE / 2, GESTURE / 2, GESTURE / 2 - 3, 0, 2 * Math.PI);
  context.fill();
  context.translate(22, 22);
  context.scale((GESTURE - 44) / 24, (GESTURE - 44) / 24);
  context.lineWidth = 2.2;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = ink;
  drawLines(context, new Path2D(path), filled ?? false);
  context.restore();
}

function drawLines(context: CanvasRenderingContext2D, lines: Path2D, filled: boolean): void {
  if (filled) context.fill(lines);
  context.stroke(lines);
}
