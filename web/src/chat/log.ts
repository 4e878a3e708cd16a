/**
 * The lines of the chat on the page. Lines that come in one frame are added together, and the oldest
 * go beyond a number, so that a crowd that writes at once does not slow the page.
 */

import type { Said } from "../wire.gen.js";
import { add } from "../ui/dom.js";
import { GROUNDS, inkOn } from "./ink.js";
import { piecesOf } from "./links.js";

/** Lines that are kept on the page. When full the oldest goes. */
const MOST = 200;
/** Pixels from the end within which a reader follows the newest line. */
const NEAR_END = 60;

/** The page around the log, as far as the log needs it. */
export interface LogHost {
  readonly userId: string;
  /** The colour of somebody, `#rrggbb`. */
  readonly colorOf: (userId: string) => string;
  readonly remove: (id: Said["id"]) => void;
}

export class ChatLog {
  readonly #list: HTMLElement;
  readonly #host: LogHost;
  readonly #lines = new Map<Said["id"], HTMLElement>();
  #coming: Said[] = [];

  constructor(parent: HTMLElement, host: LogHost) {
    this.#list = add(parent, "div", "log");
    this.#list.setAttribute("role", "log");
    this.#list.setAttribute("aria-label", "Lines");
    this.#list.tabIndex = 0; // so that it can be scrolled by keys
    this.#host = host;
  }

  /** Whether a line is here, or about to be. */
  has(id: Said["id"]): boolean {
    return this.#lines.has(id) || this.#coming.some((line) => line.id === id);
  }

  /** Add a line with the next frame. */
  add(line: Said): void {
    if (this.#coming.length === 0) requestAnimationFrame(() => this.#flush());
    this.#coming.push(line);
    if (this.#coming.length > MOST) this.#coming.shift();
  }

  /** Show these lines and no others. */
  replace(lines: readonly Said[]): void {
    for (const element of this.#lines.values()) element.remove();
    this.#lines.clear();
    this.#coming = [];
    for (const line of lines) this.add(line);
  }

  remove(id: Said["id"]): void {
    this.#coming = this.#coming.filter((line) => line.id !== id);
    this.#lines.get(id)?.remove();
    this.#lines.delete(id);
  }

  /** Whether we may remove the lines of others. */
  moderate(may: boolean): void {
    this.#list.classList.toggle("moderated", may);
  }

  scrollToEnd(): void {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #flush(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#list;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR_END;
    for (const line of this.#coming) this.#lines.set(line.id, this.#show(line));
    this.#coming = [];
    for (const id of this.#lines.keys()) {
      if (this.#lines.size <= MOST) break;
      this.remove(id);
    }
    if (follows) this.scrollToEnd();
  }

  #show({ id, user_id, name, text, at }: Said): HTMLElement {
    const own = user_id === this.#host.userId;
    const item = add(this.#list, "div", own ? "line own" : "line");
    const head = add(item, "div", "by");
    const author = add(head, "span", "author", own ? "You" : name);
    author.dir = "auto";
    const color = this.#host.colorOf(user_id);
    for (const [mode, ground] of Object.entries(GROUNDS)) author.style.setProperty(`--ink-${mode}`, inkOn(color, ground));
    const time = add(head, "time", "at", timeOf(at));
    time.dateTime = new Date(at).toISOString();
    const button = add(head, "button", "icon close remove");
    button.type = "button";
    button.setAttribute("aria-label", `Remove the line of ${own ? "yourself" : name}`);
    button.addEventListener("click", () => this.#host.remove(id));
    const words = add(item, "p", "words");
    words.dir = "auto";
    for (const piece of piecesOf(text)) {
      if (piece.url === undefined) words.append(piece.text);
      else addLink(words, piece.text, piece.url);
    }
    return item;
  }
}

function addLink(words: HTMLElement, text: string, url: string): void {
  const link = add(words, "a", "link", text);
  link.href = url;
  link.rel = "noopener noreferrer ugc";
  link.target = "_blank";
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** The time of day; with the day if it was not today. */
function timeOf(at: number): string {
  const date = new Date(at);
  return (date.toDateString() === new Date().toDateString() ? CLOCK : DAY).format(date);
}
