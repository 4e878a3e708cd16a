/** The systems that only write on the page. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection } from "../src/connection.js";
import { connectionNotice } from "../src/systems/connection_notice.js";
import { entering, refuseToEnter } from "../src/systems/entering.js";
import { help } from "../src/systems/help.js";
import { presence } from "../src/systems/presence.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import { FakeElement } from "./fake_dom.js";

let context: TestContext;

beforeEach(() => {
  vi.useFakeTimers();
  context = createContext();
});
afterEach(() => {
  disposeContext(context);
  vi.useRealTimers();
});

const connect = (connection: Connection): void => context.wire.$connection.next(connection);
const present = (users: Record<string, number>): void =>
  context.wire.$present.next(new Map(Object.entries(users)));
const AHEAD = { n: 1, position: [0, 1.7, 0], rotation: [0, 0, 0, 1] } as const;

const counter = (): FakeElement => context.root.the("present");
const said = (): string => {
  const banner = context.root.the("banner");
  return banner.hidden ? "" : banner.textContent;
};
const dialogs = (): FakeElement[] => context.root.find("dialog");

describe("presence", () => {
  beforeEach(() => presence(context));
  it.each([
    [{}, ""],
    [{ me: 1 }, "only you here"],
    [{ me: 2 }, "only you here, in 2 windows"],
    [{ me: 2, ada: 1 }, "2 here"],
  ])("counts users and not windows: %o", (users, text) => {
    present(users);
    expect(counter().textContent).toBe(text);
  });

  it("counts nobody while nobody is heard", () => {
    expect(counter().hidden).toBe(true);
    connect({ state: "joined" });
    expect(counter().hidden).toBe(false);
    connect({ state: "away" });
    expect(counter().hidden).toBe(true);
  });

  it("tells who comes and goes, but not of ourselves", () => {
    for (const user_id of ["me", "adalovelace"]) {
      context.wire.tell("user_joined", { user_id, ...AHEAD });
      context.wire.tell("user_left", { user_id });
    }
    expect(context.root.find("message").map(({ textContent }) => textContent)).toEqual([
      "Visitor adal joined",
      "Visitor adal left",
    ]);
  });
});

describe("the notice about the connection", () => {
  beforeEach(() => connectionNotice(context));
  it.each<[Connection, string]>([
    [{ state: "outside" }, ""],
    [{ state: "joining" }, ""],
    [{ state: "joined" }, ""],
    [{ state: "away" }, "No connection. Trying again…"],
    [{ state: "refused", reason: "room is full" }, "The room is full. Waiting for a place…"],
    [
      { state: "refused", reason: "too many joins" },
      "The room does not let us in (too many joins). Trying again…",
    ],
    [{ state: "over", reason: "kicked" }, "You were sent out of this room."],
    [{ state: "over", reason: "odd" }, "You are no longer in the room: odd."],
  ])("says of %o: %s", (connection, text) => {
    connect(connection);
    expect(said()).toBe(text);
  });
});

describe("the Enter dialog", () => {
  it("enters by a click, once, and gives the keyboard to the picture", () => {
    entering(context);
    const button = context.root.the("go");
    expect(FakeElement.focused).toBe(button);
    expect(context.wire.$connection.value.state).toBe("outside");
    button.click();
    expect(context.wire.$connection.value.state).toBe("joining");
    expect(FakeElement.focused).toBe(context.root.the("scene"));
    expect([button.textContent, button.disabled]).toEqual(["Entering…", true]);
    connect({ state: "refused", reason: "room is full" });
    expect(dialogs()).toHaveLength(1);
    context.wire.$joined.next();
    expect(dialogs()).toEqual([]);
  });

  it("goes when it is over before it began", () => {
    entering(context);
    connect({ state: "over", reason: "no such room" });
    expect(dialogs()).toEqual([]);
  });

  it("has no button where nobody can enter", () => {
    refuseToEnter(context.page, context.ui, "No 3D here.");
    expect(context.root.the("hint").textContent).toBe("No 3D here.");
    expect(context.root.find("go")).toEqual([]);
  });
});

describe("help", () => {
  it.each([
    [false, ["Walk: W A S D or arrows", "Turn: Q E", "Look: drag", "Run: Shift", "Jump: Space"]],
    [true, ["Walk and turn: hold and drag", "Look: two fingers"]],
  ])("is for the hands that are there: touch %s", (matches, phrases) => {
    vi.stubGlobal("window", Object.assign(new EventTarget(), { matchMedia: () => ({ matches }) }));
    help(context);
    expect(context.root.find("phrase").map(({ textContent }) => textContent)).toEqual(phrases);
  });
});
