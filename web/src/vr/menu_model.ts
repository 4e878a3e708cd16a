/** The state of the wrist menu: which page is open, its rows, and what a press does. Pure. */

import { type Observable, Subject, type Subscription } from "rxjs";
import type { Item, WristPage } from "../ui/wrist.js";

/** Pixels of the texture. */
export const WIDTH = 640;
export const HEIGHT = 720;
/** Pixels of the title, and of a row. */
export const TITLE = 84;
export const ROW = 88;
/** Rows that fit; with more, the last leads on. */
export const ROWS = 7;

export class MenuModel {
  /** Something is to be drawn anew. */
  readonly $changed = new Subject<void>();
  isOpen = false;
  #pages: readonly WristPage[];
  /** The page that is open, behind those that led to it. */
  #trail: readonly WristPage[] = [];
  #items: readonly Item[] = [];
  #first = 0;
  #listening: Subscription | undefined;

  constructor($pages: Observable<readonly WristPage[]>) {
    this.#pages = [];
    $pages.subscribe((pages) => {
      this.#pages = pages;
      this.$changed.next();
    });
  }

  get title(): string {
    return this.#trail.at(-1)?.title ?? "Menu";
  }

  /** Whether the list of pages is shown, whose title closes the menu. */
  get isTop(): boolean {
    return this.#trail.length === 0;
  }

  /** The rows to show now. */
  get rows(): readonly Item[] {
    const all = this.isTop ? this.#pages.map((page) => this.#lead({ label: page.title, page })) : this.#items.map((item) => this.#lead(item));
    if (all.length <= ROWS) return all;
    const shown = all.slice(this.#first, this.#first + ROWS - 1);
    const next = this.#first + ROWS - 1 < all.length ? this.#first + ROWS - 1 : 0;
    return [...shown, { label: next === 0 ? "Back to the first" : "More", act: () => this.#scroll(next) }];
  }

  /** Open the list of pages, or close what is open. */
  toggle(): void {
    this.isOpen = !this.isOpen;
    this.#show([]);
  }

  /** The row at a height of the texture: -1 is the title, undefined is nothing that can be pressed. */
  rowAt(y: number): number | undefined {
    if (y < TITLE) return -1;
    const row = Math.floor((y - TITLE) / ROW);
    return this.rows[row]?.act ? row : undefined;
  }

  /** Press a row; the title leads back to the page before, and from the list of pages out. */
  press(row: number): void {
    if (row >= 0) this.rows[row]?.act?.();
    else if (!this.isTop) this.#show(this.#trail.slice(0, -1));
    else this.toggle();
  }

  #lead(item: Item): Item {
    const { label, state, page } = item;
    return page ? { label, state: state ? `${state}  ›` : "›", act: () => this.#show([...this.#trail, page]) } : item;
  }

  #show(trail: readonly WristPage[]): void {
    this.#listening?.unsubscribe();
    this.#trail = trail;
    const page = trail.at(-1);
    this.#items = [];
    this.#first = 0;
    this.#listening = page?.$items.subscribe((items) => {
      this.#items = items;
      if (this.#first >= items.length) this.#first = 0;
      this.$changed.next();
    });
    this.$changed.next();
  }

  #scroll(first: number): void {
    this.#first = first;
    this.$changed.next();
  }
}
