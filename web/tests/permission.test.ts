import { describe, expect, it } from "vitest";
import type { Person } from "../src/shared.js";
import { whyNot } from "../src/voice/permission.js";
import { Pieces } from "../src/voice/pieces.js";
import { person } from "./person.js";

describe("who may speak", () => {
  const rooms = {
    all: { voice: true, who_may_speak: "everybody" },
    members: { voice: true, who_may_speak: "members" },
    silent: { voice: false, who_may_speak: "everybody" },
  } as const;

  it.each<[keyof typeof rooms, Partial<Person>, string]>([
    ["all", {}, ""],
    ["all", { mic: "muted", stage: true }, "A moderator has muted you."],
    ["members", {}, "Only members speak in this room. Raise your hand (H) to ask."],
    ["members", { role: "member" }, ""],
    ["members", { role: "owner" }, ""],
    ["members", { stage: true }, ""],
    ["silent", { role: "owner", stage: true }, "Voice is switched off in this room."],
  ])("in the room %s somebody with %o is told: %s", (room, fields, text) => {
    expect(whyNot(person(fields), rooms[room])).toBe(text);
  });

  it("is not in doubt before the room is known", () => {
    expect([whyNot(person(), undefined), whyNot(undefined, rooms.silent)]).toEqual(["", ""]);
  });
});

describe("pieces of sound", () => {
  it("have one size, whatever comes, and lose nothing", () => {
    const pieces = new Pieces(5);
    const out: number[] = [];
    let next = 0;
    for (const size of [3, 3, 5, 1, 0, 4, 4]) {
      const piece = pieces.add(Float32Array.from({ length: size }, () => next++));
      if (piece) out.push(...piece);
    }
    expect(out).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });
});
