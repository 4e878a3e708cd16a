import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sharing } from "../src/systems/sharing.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import type { FakeElement } from "./fake_dom.js";

let context: TestContext;

const start = (touch: boolean, navigator: object): FakeElement => {
  const matchMedia = (): object => ({ matches: touch });
  vi.stubGlobal("window", Object.assign(new EventTarget(), { matchMedia }));
  vi.stubGlobal("navigator", navigator);
  vi.stubGlobal("location", { origin: "https://rooms.example.org", pathname: "/rooms/r1" });
  sharing(context);
  const button = context.root.the("icon share");
  expect(button.hidden).toBe(true);
  context.wire.$joined.next();
  expect(button.hidden).toBe(false);
  return button;
};
const said = (): string[] => context.root.find("message").map(({ textContent }) => textContent);

beforeEach(() => {
  vi.useFakeTimers();
  context = createContext();
});
afterEach(() => {
  disposeContext(context);
  vi.useRealTimers();
});

describe("the room's link", () => {
  it("goes to the clipboard", async () => {
    const writeText = vi.fn<(text: string) => Promise<void>>().mockResolvedValue();
    start(false, { clipboard: { writeText } }).click();
    await vi.advanceTimersByTimeAsync(0);
    expect(writeText).toHaveBeenCalledWith("https://rooms.example.org/rooms/r1");
    expect(said()).toEqual(["Link copied"]);
  });

  it("is said where there is no clipboard, as on plain http", async () => {
    start(false, {}).click();
    await vi.advanceTimersByTimeAsync(0);
    expect(said()).toEqual(["The link is https://rooms.example.org/rooms/r1"]);
  });

  it("goes into the phone's own dialog, which may be closed", async () => {
    const share = vi.fn<(data: object) => Promise<void>>().mockRejectedValue(new Error("closed"));
    start(true, { share }).click();
    await vi.advanceTimersByTimeAsync(0);
    expect(share).toHaveBeenCalledWith({ title: "Room", url: "https://rooms.example.org/rooms/r1" });
    expect(said()).toEqual([]);
  });
});
