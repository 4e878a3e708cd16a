import type { Subject } from "rxjs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { headset } from "../src/systems/headset.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import type { FakeElement } from "./fake_dom.js";

let context: TestContext;
let supported: boolean;
let system: EventTarget;
let session: { toggle: ReturnType<typeof vi.fn>; leave: ReturnType<typeof vi.fn> };
let $inside: Subject<boolean>;

vi.mock("../src/systems/xr_session.js", () => ({
  createXrSession: (_world: unknown, _hands: unknown, given: Subject<boolean>) => {
    $inside = given;
    return Promise.resolve(session);
  },
}));

beforeEach(() => {
  context = createContext();
  supported = true;
  session = { toggle: vi.fn<() => void>(), leave: vi.fn<() => void>() };
  system = Object.assign(new EventTarget(), {
    isSessionSupported: () => Promise.resolve(supported),
  });
  vi.stubGlobal("navigator", { xr: system });
});
afterEach(() => disposeContext(context));

const button = (): FakeElement => context.root.the("enter-vr");

it("makes no button without WebXR", () => {
  vi.stubGlobal("navigator", {});
  headset(context);
  expect(context.root.find("enter-vr")).toEqual([]);
});

it("shows the button inside the room, while there is a headset", async () => {
  supported = false;
  headset(context);
  context.wire.$joined.next();
  await vi.waitFor(() => expect(button().hidden).toBe(true));
  supported = true;
  system.dispatchEvent(new Event("devicechange"));
  await vi.waitFor(() => expect(button().hidden).toBe(false));
  supported = false;
  system.dispatchEvent(new Event("devicechange"));
  await vi.waitFor(() => expect(button().hidden).toBe(true));
});

it("leads in and out, and out when the visit is over", async () => {
  headset(context);
  context.wire.$joined.next();
  await vi.waitFor(() => expect(button().disabled).toBe(false));
  button().click();
  expect(session.toggle).toHaveBeenCalledTimes(1);
  $inside.next(true);
  expect(button().textContent).toBe("Leave VR");
  $inside.next(false);
  expect(button().textContent).toBe("Enter VR");
  context.wire.$connection.next({ state: "over", reason: "kicked" });
  expect(session.leave).toHaveBeenCalledTimes(1);
});
