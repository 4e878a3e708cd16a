import type { Subject } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import { entering } from "../src/systems/entering.js";
import { headset } from "../src/systems/headset.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import type { FakeElement } from "./fake_dom.js";

let context: TestContext;
let supported: boolean;
let system: EventTarget;
let session: { enter: Mock<() => Promise<void>>; leave: Mock<() => Promise<void>> };
let $inside: Subject<boolean>;
let create: Mock<() => Promise<typeof session>>;

vi.mock("../src/systems/xr_session.js", () => ({
  createXrSession: (_context: unknown, given: Subject<boolean>) => {
    $inside = given;
    return create();
  },
}));

const done = (): Promise<void> => Promise.resolve();

beforeEach(() => {
  context = createContext();
  supported = true;
  session = { enter: vi.fn<() => Promise<void>>(done), leave: vi.fn<() => Promise<void>>(done) };
  create = vi.fn<() => Promise<typeof session>>(() => Promise.resolve(session));
  system = Object.assign(new EventTarget(), {
    isSessionSupported: () => Promise.resolve(supported),
  });
  vi.stubGlobal("navigator", { xr: system });
  vi.stubGlobal("window", Object.assign(new EventTarget(), { isSecureContext: true }));
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  disposeContext(context);
  vi.restoreAllMocks();
});

const button = (): FakeElement => context.root.the("enter-vr");
const said = (): string[] => context.root.find("message").map(({ textContent }) => textContent);
const refused = (name: string): Error => Object.assign(new Error("as the browser has it"), { name });

/** In the room, and ready for a click. */
async function start(): Promise<void> {
  headset(context);
  context.wire.$joined.next();
  await vi.waitFor(() => expect(button().disabled).toBe(false));
}

describe("without WebXR", () => {
  beforeEach(() => vi.stubGlobal("navigator", {}));

  it("has no button", () => {
    headset(context);
    expect(context.root.find("enter-vr")).toEqual([]);
  });

  it("says on plain http why", () => {
    vi.stubGlobal("window", Object.assign(new EventTarget(), { isSecureContext: false }));
    headset(context);
    button().click();
    expect(said()[0]).toMatch(/^VR needs https: /);
  });
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
  await start();
  button().click();
  expect(session.enter).toHaveBeenCalledTimes(1);
  $inside.next(true);
  expect(button().textContent).toBe("Leave VR");
  expect(context.shared.$vr.value).toBe("inside");
  $inside.next(false);
  expect(button().textContent).toBe("Enter VR");
  context.wire.$connection.next({ state: "over", reason: "kicked" });
  expect(session.leave).toHaveBeenCalledTimes(1);
});

it("enters from the dialog when the server has placed us", async () => {
  entering(context);
  const choice = (): FakeElement => context.root.the("vr");
  expect(choice().hidden).toBe(true);
  headset(context);
  await vi.waitFor(() => expect(choice().hidden).toBe(false));
  choice().click();
  expect(context.wire.$connection.value.state).toBe("joining");
  expect(session.enter).not.toHaveBeenCalled();
  context.wire.tell("user_snapshot", {});
  await vi.waitFor(() => expect(session.enter).toHaveBeenCalledTimes(1));
});

describe("failures", () => {
  it("tells why a session did not begin, and tries again", async () => {
    await start();
    session.enter.mockRejectedValueOnce(refused("NotAllowedError"));
    button().click();
    await vi.waitFor(() => expect(said()[0]).toContain("the browser did not allow it"));
    expect(button().textContent).toBe("Enter VR");
    button().click();
    expect(session.enter).toHaveBeenCalledTimes(2);
  });

  it("tells one that has no name of its own in the browser's words", async () => {
    await start();
    session.enter.mockRejectedValueOnce(refused("OddError"));
    button().click();
    await vi.waitFor(() => expect(said()).toEqual(["VR did not begin: as the browser has it."]));
  });

  it("tells that VR could not be prepared, and prepares anew", async () => {
    create.mockRejectedValueOnce(refused("Error"));
    await start();
    expect(said()).toEqual(["VR could not be started: as the browser has it."]);
    expect(button().textContent).toBe("Try VR again");
    expect(context.shared.$vr.value).toBe("none");
    button().click();
    await vi.waitFor(() => expect(button().textContent).toBe("Enter VR"));
  });

  it("tells that it could not leave", async () => {
    await start();
    $inside.next(true);
    session.leave.mockRejectedValueOnce(refused("OddError"));
    button().click();
    await vi.waitFor(() => expect(said()).toEqual(["VR did not end: as the browser has it."]));
    expect(button().textContent).toBe("Leave VR");
  });
});
