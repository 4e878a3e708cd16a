import { beforeEach, expect, it, vi } from "vitest";
import { whenInputMayBeLost } from "../src/systems/held_input.js";

const release = vi.fn<() => void>();
let window: EventTarget;
let document: EventTarget;

beforeEach(() => {
  release.mockReset();
  window = new EventTarget();
  document = new EventTarget();
  whenInputMayBeLost(window, document, release);
});

const key = (type: string, name: string): Event => Object.assign(new Event(type), { key: name });

it.each(["keydown", "keyup"])("Command (%s) takes the keyups of other keys with it", (type) => {
  window.dispatchEvent(key(type, "Meta"));
  expect(release).toHaveBeenCalledTimes(1);
});

it.each(["blur", "pagehide", "pointercancel"])("%s takes all input away", (type) => {
  window.dispatchEvent(new Event(type));
  expect(release).toHaveBeenCalledTimes(1);
});

it("a page that is hidden or frozen hears no keyup", () => {
  document.dispatchEvent(new Event("visibilitychange"));
  document.dispatchEvent(new Event("freeze"));
  expect(release).toHaveBeenCalledTimes(2);
});

it("other keys take nothing away", () => {
  for (const name of ["w", "Shift", "Control", "Alt"]) window.dispatchEvent(key("keydown", name));
  expect(release).not.toHaveBeenCalled();
});
