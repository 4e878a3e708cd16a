/** Names above heads, as far as they are not drawn: their width, and where signs stand. */

import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Texture } from "@babylonjs/core/Materials/Textures/texture.js";
import { Scene } from "@babylonjs/core/scene.js";
import { describe, expect, it } from "vitest";
import { directionOf, fit } from "../src/avatars/fitting.js";
import { isMarked } from "../src/avatars/marks.js";
import { Signs } from "../src/avatars/signs.js";
import { copiesOf } from "./copies.js";
import { person } from "./person.js";

/** Each letter as one sees it is ten pixels wide. */
const measure = (text: string): number => 10 * [...new Intl.Segmenter().segment(text)].length;

describe("a name in a narrow place", () => {
  it.each([
    ["Ada", 30, "Ada"],
    ["Ada Lovelace", 60, "Ada L…"],
    ["Ada Lovelace", 50, "Ada…"], // no space before the dots
    ["🦊🎉👍🏽🇫🇷", 40, "🦊🎉👍🏽🇫🇷"],
    ["🦊🎉👍🏽🇫🇷", 30, "🦊🎉…"],
    ["Zoë", 5, "…"],
  ])("%s in %i pixels is %s", (name, width, text) => {
    expect(fit(name, width, measure)).toBe(text);
  });

  it("runs as its first letter does", () => {
    expect(["Ada", "محمد", "שלום Ada", "🦊 שלום", "Ada שלום", "42"].map(directionOf)).toEqual([
      "ltr", "rtl", "rtl", "rtl", "ltr", "ltr",
    ]);
  });
});

describe("marks", () => {
  it("tell what is part of a person, and what they do for now", () => {
    const passing = { speaking: new Set(["ada"]), writing: new Set<string>(), away: new Set<string>() };
    const ada = person({ hand: true, mic: "muted" });
    const marks = (["hand", "speaking", "writing", "away", "muted"] as const).filter((mark) => isMarked(mark, "ada", ada, passing));
    expect(marks).toEqual(["hand", "speaking", "muted"]);
    expect(isMarked("speaking", "bob", person(), passing)).toBe(false);
  });
});

describe("signs", () => {
  it("stand upright before the eye, to whichever side that is", () => {
    const scene = new Scene(new NullEngine());
    const signs = new Signs(new Texture(null, scene), scene);
    const cell = { u: 0, v: 0, width: 0.2, height: 0.1, aspect: 2 };
    signs.begin({ x: 0, y: 1.7, z: 0 });
    signs.put(cell, [0, 1, 5], 0.5, 0.25, 0.4); // ahead
    signs.put(cell, [5, 1, 0], 0.5, 0.25, 0.4); // to the right
    signs.end();
    const [ahead, aside] = copiesOf(scene, "signs");
    expect(ahead).toMatchObject({ position: [0.25, 1.4, 5], scaling: [1, 0.5, 1] });
    expect(ahead?.rotation.toEulerAngles().y).toBeCloseTo(0, 5);
    expect(aside).toMatchObject({ position: [5, 1.4, -0.25], scaling: [1, 0.5, 1] });
    expect(aside?.rotation.toEulerAngles().y).toBeCloseTo(Math.PI / 2, 5);
    signs.begin({ x: 0, y: 1.7, z: 0 });
    signs.end();
    expect(copiesOf(scene, "signs")).toEqual([]);
    scene.getEngine().dispose();
  });
});
