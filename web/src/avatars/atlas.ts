/** One picture with all names and marks: a cell each, drawn when a name changes. */

import type { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Person } from "../shared.js";
import { directionOf, fit } from "./fitting.js";
import { ALL_MARKS, type Mark, MARKS } from "./marks.js";
import { brushOf, type Cell, cellIn, createPicture } from "./picture.js";

/** Pixels of the picture, of a name's cell, and of a mark's, which stand in a row below the names. */
const SIZE = { width: 2048, height: 1024 };
const NAME = { width: 408, height: 44 };
const MARK = 64;
const COLUMNS = Math.floor(SIZE.width / NAME.width);
const ROWS = Math.floor((SIZE.height - MARK) / NAME.height);
/** Names at once. When all are taken a newcomer's name is not shown until somebody leaves. */
const NAMES = COLUMNS * ROWS;
const LETTERS = 27;
const SMALLEST = 20;
const PADDING = 16;
const DOT = 7;

export class Atlas {
  readonly texture: DynamicTexture;
  readonly marks: Readonly<Record<Mark, Cell>>;
  readonly #free = Array.from({ length: NAMES }, (_, index) => NAMES - 1 - index);
  readonly #taken = new Map<Cell, number>();
  #changed = true;

  constructor(scene: Scene) {
    this.texture = createPicture("names", SIZE, scene);
    const cells = ALL_MARKS.map((mark, index) => {
      const [x, y] = [index * MARK, SIZE.height - MARK];
      drawMark(this.#context, mark, x, y);
      return [mark, cellIn(SIZE, x, y, { width: MARK, height: MARK })] as const;
    });
    this.marks = Object.fromEntries(cells) as Record<Mark, Cell>;
  }

  /** Draw a name; undefined while there is no place for one more. */
  add(person: Person): Cell | undefined {
    const index = this.#free.pop();
    if (index === undefined) return undefined;
    const x = (index % COLUMNS) * NAME.width;
    const y = Math.floor(index / COLUMNS) * NAME.height;
    this.#context.clearRect(x, y, NAME.width, NAME.height);
    const cell = cellIn(SIZE, x, y, {
      width: drawName(this.#context, person, x, y),
      height: NAME.height,
    });
    this.#taken.set(cell, index);
    this.#changed = true;
    return cell;
  }

  /** The name is no longer needed. */
  remove(cell: Cell): void {
    const index = this.#taken.get(cell);
    if (index !== undefined) this.#free.push(index);
    this.#taken.delete(cell);
  }

  /** Before a frame: bring what was drawn to the graphics card. */
  update(): void {
    if (this.#changed) this.texture.update();
    this.#changed = false;
  }

  get #context(): CanvasRenderingContext2D {
    return brushOf(this.texture);
  }
}

/** A dark plate with a dot in the person's colour and the name. Returns its width. */
function drawName(context: CanvasRenderingContext2D, { name, color }: Person, x: number, y: number): number {
  const room = NAME.width - 2 * PADDING - 3 * DOT;
  const measure = (text: string): number => context.measureText(text).width;
  context.font = font(LETTERS);
  context.font = font(Math.max(SMALLEST, Math.min(LETTERS, Math.floor((LETTERS * room) / measure(name)))));
  context.direction = directionOf(name);
  const text = fit(name, room, measure);
  const width = Math.ceil(measure(text)) + 2 * PADDING + 3 * DOT;
  context.fillStyle = "rgb(18 20 34 / 78%)";
  plate(context, x + 1, y + 1, width - 2, NAME.height - 2, 12);
  context.fillStyle = color;
  context.beginPath();
  context.arc(x + PADDING + DOT, y + NAME.height / 2, DOT, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "#ffffff";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x + (width + 3 * DOT) / 2, y + NAME.height / 2 + 1);
  return width;
}

function drawMark(context: CanvasRenderingContext2D, mark: Mark, x: number, y: number): void {
  const { plate: color, ink, path } = MARKS[mark];
  context.save();
  context.fillStyle = color;
  plate(context, x + 2, y + 2, MARK - 4, MARK - 4, MARK / 2);
  context.translate(x + 11, y + 11);
  context.scale((MARK - 22) / 24, (MARK - 22) / 24);
  context.lineWidth = mark === "writing" ? 4.5 : 2.4;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = ink;
  context.stroke(new Path2D(path));
  context.restore();
}

function plate(
  context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, radius: number,
): void {
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(radius, height / 2));
  context.fill();
}

function font(pixels: number): string {
  return `600 ${pixels}px system-ui, sans-serif`;
}
