import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { renderRatio, resolution } from "../src/systems/resolution.js";
import { createContext, disposeContext, type TestContext } from "./context.js";

describe("pixels for one of CSS", () => {
  it.each([
    ["an ordinary screen", 1280, 720, 1, 1],
    ["a page zoomed to 200 %", 640, 360, 2, 2],
    ["a page zoomed out", 2560, 1440, 0.5, 0.5],
    ["a phone", 390, 844, 3, 2],
  ])("are the screen's, two at most: %s", (_which, width, height, screen, ratio) => {
    expect(renderRatio(width, height, screen)).toBe(ratio);
  });

  it("are fewer on a screen that has very many", () => {
    const ratio = renderRatio(5120, 2880, 1);
    expect(5120 * 2880 * ratio ** 2).toBeCloseTo(3840 * 2160, 0);
  });

  it("are a number for a canvas without a size", () => {
    expect(renderRatio(0, 0, 1)).toBe(1);
  });
});

describe("the canvas", () => {
  let context: TestContext;
  let browser: EventTarget & { devicePixelRatio: number };
  let resized: () => void;
  let level: MockInstance<(level: number) => void>; // a NullEngine forgets it

  beforeEach(() => {
    context = createContext();
    browser = Object.assign(new EventTarget(), { devicePixelRatio: 1 });
    vi.stubGlobal("window", browser);
    vi.stubGlobal(
      "ResizeObserver",
      class {
        constructor(callback: () => void) {
          resized = callback;
        }
        observe(): void {}
      },
    );
    Object.assign(context.ui.canvas, { clientWidth: 640, clientHeight: 480 });
    level = vi.spyOn(context.world.scene.getEngine(), "setHardwareScalingLevel");
    resolution(context);
  });
  afterEach(() => disposeContext(context));

  /** Pixels for one of CSS, from the next frame on. */
  const drawn = (): number => {
    context.world.scene.render();
    return 1 / (level.mock.lastCall?.[0] ?? Number.NaN);
  };

  it("follows the screen's ratio, time after time", () => {
    expect(drawn()).toBe(1);
    for (const ratio of [2, 1, 1.5]) {
      browser.devicePixelRatio = ratio;
      expect(drawn()).toBeCloseTo(ratio, 9);
    }
  });

  it("is left alone while nothing changes", () => {
    for (let frame = 0; frame < 5; frame += 1) drawn();
    expect(level).toHaveBeenCalledTimes(1);
  });

  it("follows its own size", () => {
    expect(drawn()).toBe(1);
    Object.assign(context.ui.canvas, { clientWidth: 5120, clientHeight: 2880 });
    expect(drawn(), "nobody said so yet").toBe(1);
    resized();
    expect(drawn()).toBeCloseTo(0.75, 9);
  });
});
