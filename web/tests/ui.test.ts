import { Subject } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createContext, disposeContext, type TestContext } from "./context.js";

let context: TestContext;

beforeEach(() => {
  vi.useFakeTimers();
  context = createContext();
});
afterEach(() => {
  disposeContext(context);
  vi.useRealTimers();
});

const toasts = (): string[] => context.root.find("message").map(({ textContent }) => textContent);

describe("the page", () => {
  it("names the room, and leads back to the list", () => {
    expect(context.root.the("name").textContent).toBe("Room");
    expect(context.root.the("home").href).toBe("/");
    expect(context.root.the("scene").attributes.get("aria-label")).toBe("3D view of Room");
  });
});

describe("toasts", () => {
  it("go after five seconds, each by its own time", () => {
    context.ui.toast({ text: "one", color: "#123456" });
    vi.advanceTimersByTime(3000);
    context.ui.toast({ text: "two" });
    expect(toasts()).toEqual(["one", "two"]);
    expect(context.root.the("dot").attributes.get("background")).toBe("#123456");
    vi.advanceTimersByTime(2000);
    expect(toasts()).toEqual(["two"]);
    vi.advanceTimersByTime(3000);
    expect(toasts()).toEqual([]);
  });

  it("are four at most: the oldest goes", () => {
    for (const text of ["1", "2", "3", "4", "5"]) context.ui.toast({ text });
    expect(toasts()).toEqual(["2", "3", "4", "5"]);
  });
});

describe("notices", () => {
  it("show one sentence at a time, the first source's first, also to a headset", () => {
    const $first = new Subject<string>();
    const $second = new Subject<string>();
    context.ui.notices.add($first);
    context.ui.notices.add($second);
    const shown: string[] = [];
    context.ui.notices.$shown.subscribe((text) => shown.push(text));
    const banner = context.root.the("banner");
    expect(banner.hidden).toBe(true);
    $second.next("second");
    expect([banner.textContent, banner.hidden]).toEqual(["second", false]);
    $first.next("first");
    expect(banner.textContent).toBe("first");
    $first.next("");
    $second.next("");
    expect(banner.hidden).toBe(true);
    expect(shown.join()).toBe(",second,first,second,");
  });
});
