import { describe, expect, it } from "vitest";
import type { Cell } from "../src/avatars/picture.js";
import { Moments } from "../src/avatars/moments.js";
import { contrast, GROUNDS, inkOn } from "../src/chat/ink.js";
import { piecesOf } from "../src/chat/links.js";
import { refusedText } from "../src/refused.js";
import { wrap } from "../src/chat/wrap.js";
import { Refusal } from "../src/wire.js";
import { Random } from "./random.js";

const links = (text: string): (string | undefined)[] => piecesOf(text).flatMap(({ url }) => url ?? []);

describe("links in a text", () => {
  it.each([
    ["see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]],
    ["(http://example.org/x_(y))", ["http://example.org/x_(y)"]],
    ["(https://example.org)", ["https://example.org/"]],
    ["https://a.org, https://b.org!", ["https://a.org/", "https://b.org/"]],
    ["שלום https://example.org/שלום", ["https://example.org/%D7%A9%D7%9C%D7%95%D7%9D"]],
    ["javascript:alert(1) data:text/html,x file:///etc mailto:a@b.org", []],
    ["https:// https://. xhttps://a.org", []],
    ["<a href='https://a.org'>", ["https://a.org/"]],
  ])("of %s", (text, urls) => {
    expect(links(text)).toEqual(urls);
  });

  it("leave every letter in its place, whatever the text is", () => {
    const random = new Random(7);
    const parts = ["https://", "http://a.org", " ", ")", "(", "<", "'", ".", "ü", "😀", "\n", "javascript:", "@", "%"];
    for (let round = 0; round < 500; round += 1) {
      const text = Array.from({ length: 12 }, () => parts[Math.floor(random.next() * parts.length)]).join("");
      const pieces = piecesOf(text);
      expect(pieces.map((piece) => piece.text).join("")).toBe(text);
      for (const { url } of pieces) expect(url ?? "https://").toMatch(/^https?:\/\//u);
    }
  });
});

describe("the colour of a name", () => {
  it("can be read on panels in daylight and in the dark, and stays where it could", () => {
    const random = new Random(11);
    for (let round = 0; round < 500; round += 1) {
      const color = `#${Math.floor(random.next() * 0x1000000).toString(16).padStart(6, "0")}`;
      for (const ground of Object.values(GROUNDS)) {
        expect(contrast(inkOn(color, ground), ground)).toBeGreaterThanOrEqual(4.5);
        expect(inkOn(color, ground) === color).toBe(contrast(color, ground) >= 4.5);
      }
    }
  });
});

describe("a refused line", () => {
  it.each([
    [new Refusal("too fast", { reason: "too fast", retry_after: 1.2 }), "You are too fast: wait 2 seconds."],
    [new Refusal("too fast", { reason: "too fast", retry_after: 0.1 }), "You are too fast: wait 1 second."],
    [new Refusal("muted"), "A moderator has muted you here."],
    [new Refusal("no connection"), "There is no connection. Try again in a moment."],
    [new Refusal("invalid payload", { detail: "`text` is empty" }), "`text` is empty"],
    [new Refusal("odd"), "The room refuses it: odd."],
  ])("%s says: %s", (refusal, text) => {
    expect(refusedText(refusal)).toBe(text);
  });
});

const measure = (text: string): number => Array.from(text).length;

describe("rows of a text", () => {
  it.each([
    ["hello there", ["hello", "there"]],
    ["a b c", ["a b c"]],
    ["one two three four five six", ["one two", "three", "four…"]],
    ["WWWWWWWWWWWWWWWW", ["WWWWWWWW", "WWWWWWWW"]],
    ["W".repeat(99), ["WWWWWWWW", "WWWWWWWW", "WWWWWWW…"]],
    ["  a\n\nb ", ["a b"]],
    ["", [""]],
  ])("of %j", (text, rows) => {
    expect(wrap(text, 8, 3, measure)).toEqual(rows);
  });

  it("are as many and as wide as there is room for, whatever the text is", () => {
    const random = new Random(3);
    const parts = ["word", "😀", " ", "\n", "langes", "שלום", "WWWWWWWWWWW"];
    for (let round = 0; round < 300; round += 1) {
      const text = Array.from({ length: 15 }, () => parts[Math.floor(random.next() * parts.length)]).join("");
      const rows = wrap(text, 8, 3, measure);
      expect(rows.length).toBeLessThanOrEqual(3);
      expect(Math.max(...rows.map(measure))).toBeLessThanOrEqual(8);
    }
  });
});

const shown = (moments: Moments): string[] => moments.all.flatMap((moment) => (moment.cell ? moment.userId : []));

describe("moments above heads", () => {
  const cell: Cell = { u: 0, v: 0, width: 1, height: 1, aspect: 1 };
  it("end by themselves, one to a user, and the oldest makes place", () => {
    const moments = new Moments(2, 1000);
    const places: number[] = [];
    const begin = (userId: string, now: number): void =>
      moments.begin(userId, "hello", now, (place) => {
        places.push(place);
        return cell;
      });
    begin("ada", 0);
    begin("bob", 100);
    begin("ada", 200);
    expect(shown(moments)).toEqual(["ada", "bob"]);
    begin("eve", 300);
    expect(shown(moments)).toEqual(["ada", "eve"]);
    expect(places).toEqual([0, 1, 0, 1]);
    moments.expire(1250);
    expect(shown(moments)).toEqual(["eve"]);
  });
});
