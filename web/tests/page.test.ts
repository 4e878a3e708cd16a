import { expect, it } from "vitest";
import { readPage } from "../src/page.js";

const METAS: Record<string, string> = {
  "room-id": "r1",
  "room-name": "",
  "user-id": "me",
  "user-token": "t.o-k_en",
  voice: "on",
};
const page = (metas: Record<string, string>): Document =>
  ({
    querySelector: (selector: string) => {
      if (selector === ".inside") return { textContent: "2 people are inside." };
      const content = metas[/^meta\[name="(.*)"\]$/.exec(selector)?.[1] ?? ""];
      return content === undefined ? null : { content };
    },
  }) as unknown as Document;

it("reads the meta elements; a room may have no name", () => {
  expect(readPage(page(METAS))).toEqual({
    roomId: "r1",
    roomName: "",
    userId: "me",
    userToken: "t.o-k_en",
    voice: true,
    inside: "2 people are inside.",
  });
});

it("says which one is missing", () => {
  const { "user-id": _, ...rest } = METAS;
  expect(() => readPage(page(rest))).toThrow('no <meta name="user-id">');
});
