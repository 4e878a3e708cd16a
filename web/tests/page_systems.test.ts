/** The systems that only write on the page. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connection } from "../src/connection.js";
import type { Person } from "../src/shared.js";
import { comingBack } from "../src/systems/coming_back.js";
import { connectionNotice } from "../src/systems/connection_notice.js";
import { ending } from "../src/systems/ending.js";
import { entering, insideText, inviteOf } from "../src/systems/entering.js";
import { help } from "../src/systems/help.js";
import { standingTexts } from "../src/systems/own_standing.js";
import { people } from "../src/systems/people.js";
import { presence } from "../src/systems/presence.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import { FakeElement } from "./fake_dom.js";
import { person } from "./person.js";

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
const AHEAD = { n: 1, ...person(), position: [0, 1.7, 0], rotation: [0, 0, 0, 1] } as const;

const counter = (): FakeElement => context.root.the("present");
const said = (): string => {
  const banner = context.root.the("banner");
  return banner.hidden ? "" : banner.textContent;
};
const dialogs = (): FakeElement[] => context.root.find("dialog doorway");

const phrases = (): string[] => context.root.find("phrase").filter(({ hidden }) => !hidden).map(({ textContent }) => textContent);
let browserWindow: EventTarget;
const type = (code: string, key: string): void => {
  browserWindow.dispatchEvent(Object.assign(new Event("keydown"), { code, key }));
};
const startHelp = (touch: boolean, keyboard?: object): void => {
  const matchMedia = (): object => ({ matches: touch });
  browserWindow = Object.assign(new EventTarget(), { matchMedia });
  vi.stubGlobal("window", browserWindow);
  vi.stubGlobal("navigator", { keyboard });
  help(context);
};

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

  it("tells who comes and goes by the name that they chose on the way in, but not of ourselves", () => {
    people(context);
    const messages = (): string[] => context.root.find("message").map(({ textContent }) => textContent);
    context.wire.tell("user_snapshot", { me: AHEAD, early: AHEAD });
    expect(messages()).toEqual([]);
    context.wire.tell("user_joined", { user_id: "ada", ...AHEAD });
    context.wire.tell("user_changed", { user_id: "ada", name: "Ada" });
    context.wire.tell("user_joined", { user_id: "passing", ...AHEAD, name: "Bob" });
    context.wire.tell("user_left", { user_id: "passing" });
    vi.advanceTimersByTime(1500);
    context.wire.tell("user_left", { user_id: "ada" });
    expect(messages()).toEqual(["Bob left", "Ada joined", "Ada left"]);
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
    [{ state: "refused", reason: "the server is full", text: "Full." }, "Full."],
    [{ state: "over", reason: "origin", text: "Open it elsewhere." }, "Open it elsewhere."],
    [{ state: "over", reason: "kicked" }, "You were sent out of this room. You can come back in a while."],
    [
      { state: "over", reason: "forgotten" },
      "You left this room, because all about you was deleted, as you asked on another page.",
    ],
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
    expect(FakeElement.focused).toBe(dialogs()[0]);
    expect(context.root.the("scene").attributes.has("inert")).toBe(true);
    expect(context.root.the("banner").attributes.has("inert")).toBe(false);
    expect([button.textContent, button.disabled]).toEqual(["Entering…", true]);
    connect({ state: "refused", reason: "room is full" });
    expect(dialogs()).toHaveLength(1);
    context.wire.$joined.next();
    expect(dialogs()).toEqual([]);
    expect(FakeElement.focused).toBe(context.root.the("scene"));
    expect(context.root.the("scene").attributes.has("inert")).toBe(false);
  });

  it("stays when it is over before it began, and says why and the way on", () => {
    entering(context);
    connect({ state: "over", reason: "no such room" });
    expect(context.root.the("refusal").textContent).toBe("This room does not exist any more.");
    expect([context.root.the("buttons").hidden, context.root.the("buttons ways").hidden]).toEqual([true, false]);
  });

  it("says who is inside: how many as the page had it, then by name", () => {
    entering(context);
    const inside = context.root.the("inside");
    expect(inside.textContent).toBe("1 person is inside.");
    const users = { ada: { ...AHEAD, name: "Ada" }, me: AHEAD };
    context.shared.$look.next({ snapshot: {}, user_snapshot: users });
    expect(inside.textContent).toBe("\u2068Ada\u2069 is inside.");
  });

  it.each<[number, string]>([
    [0, "Nobody is inside yet."],
    [2, "a and b are inside."],
    [8, "a, b, c, d, e, f, g and h are inside."],
    [20, "a, b, c, d, e, f, g, h and 12 more are inside."],
  ])("names as many as there is room for: %i", (count, text) => {
    const names = Array.from({ length: count }, (_, index) => String.fromCodePoint(97 + index));
    expect(insideText(names).replace(/[\u2068\u2069]/g, "")).toBe(text);
  });

  it("counts those who have chosen no name", () => {
    expect(insideText(["Visitor ab23"])).toBe("1 person is inside.");
    expect(insideText(["Visitor ab23", "Visitor cd45"])).toBe("2 people are inside.");
    const some = insideText(["Visitor ab23", "Ada", "Visitor cd45", "Visitor from afar"]);
    expect(some.replace(/[\u2068\u2069]/g, "")).toBe("Ada, Visitor from afar and 2 more are inside.");
  });

  it("asks for the password that the room wants, and tries again with it", () => {
    entering(context);
    const [button, field] = [context.root.the("go"), context.root.the("field password")];
    button.click();
    expect(field.hidden).toBe(true);
    connect({ state: "asked", reason: "password needed" });
    expect([field.hidden, button.disabled]).toEqual([false, false]);
    expect(context.root.the("refusal").textContent).toContain("has a password");
    Object.assign(field.the("text"), { value: "tea" });
    button.click();
    expect(context.wire.keys.map(({ password }) => password)).toEqual([null, "tea"]);
  });

  it("takes an invite from the link", () => {
    expect(inviteOf({ search: "?invite=a.b", hash: "" })).toBe("a.b");
    expect(inviteOf({ search: "", hash: "#invite=c" })).toBe("c");
    expect(inviteOf({ search: "", hash: "#at=1,2" })).toBeNull();
  });
});

describe("the end of a visit", () => {
  it("is told, with the ways on, to somebody who was inside", () => {
    ending(context);
    connect({ state: "over", reason: "no such room" }); // the Enter dialog says it
    expect(dialogs()).toEqual([]);
    connect({ state: "joined" });
    context.wire.$joined.next();
    connect({ state: "over", reason: "kicked" });
    expect(context.root.the("refusal").textContent).toBe("You were sent out of this room. You can come back in a while.");
    expect(context.root.the("buttons ways").children.map(({ href }) => href)).toEqual(["", "/"]);
  });
});

describe("a change of what one may do", () => {
  it.each<[Partial<Person>, Partial<Person>, string[]]>([
    [{ mic: "on" }, { mic: "muted" }, ["A moderator has muted you: until they lift it, nobody hears you, and you cannot write."]],
    [{ mic: "muted" }, { mic: "off" }, ["You may speak and write again."]],
    [{ mic: "off" }, { mic: "on" }, []],
    [{ role: "guest" }, { role: "member" }, ["You are a member of this room now."]],
  ])("from %o to %o is told", (before, now, texts) => {
    expect(standingTexts(person(before), person(now))).toEqual(texts);
  });
});

describe("help", () => {
  it("is for the hands that are there", () => {
    startHelp(true);
    expect(phrases()).toEqual(["Walk: stick or tap", "Look: drag", "Overview: pinch"]);
  });

  it("names the keys", () => {
    startHelp(false);
    expect(phrases()).toEqual([
      "Walk: W A S D or arrows",
      "Turn: Q E",
      "Look: drag, or click (Esc ends it)",
      "Run: Shift",
      "Jump: Space",
    ]);
  });

  it("names them as they are printed on this keyboard", async () => {
    const azerty = new Map([["KeyW", "z"], ["KeyA", "q"], ["KeyQ", "a"]]);
    startHelp(false, { getLayoutMap: () => Promise.resolve(azerty) });
    await vi.waitFor(() => expect(phrases()[0]).toBe("Walk: Z Q S D or arrows"));
    expect(phrases()[1]).toBe("Turn: A E");
  });

  it("names the English ones where the browser does not tell", async () => {
    startHelp(false, { getLayoutMap: () => Promise.reject(new Error("a frame")) });
    await vi.advanceTimersByTimeAsync(0);
    expect(phrases()[0]).toBe("Walk: W A S D or arrows");
  });
});

describe("the line of help", () => {
  it("goes with the first use in the room, and ? brings it back with all keys", () => {
    const line = context.root.the("help");
    startHelp(false);
    type("KeyW", "w"); // before the room is entered
    expect(line.hidden).toBe(false);
    connect({ state: "joined" });
    type("KeyX", "x");
    expect(line.hidden).toBe(false);
    type("KeyW", "w");
    expect(line.hidden).toBe(true);
    type("Slash", "?");
    expect(line.hidden).toBe(false);
    expect(phrases()).toContain("Back to the start: Home");
    type("KeyW", "w");
    expect(line.hidden).toBe(false); // who asked for it reads it while walking
    type("Slash", "?");
    expect(line.hidden).toBe(true);
  });

  it("grows to all keys where it still stands, and is on a button too", () => {
    startHelp(false);
    context.root.the("helper").click();
    expect([context.root.the("help").hidden, phrases().length]).toEqual([false, 15]);
    context.root.the("helper").click();
    expect(context.root.the("help").hidden).toBe(true);
  });

  it("goes with the first finger on the picture", () => {
    startHelp(true);
    connect({ state: "joined" });
    context.ui.canvas.dispatchEvent(new Event("pointerup"));
    expect(context.root.the("help").hidden).toBe(true);
  });
});

describe("coming back", () => {
  it("tests the connection when the network or the page is back", () => {
    const browser = new EventTarget();
    vi.stubGlobal("window", browser);
    const page = Object.assign(document, { visibilityState: "hidden" });
    comingBack(context);
    page.dispatchEvent(new Event("visibilitychange"));
    expect(context.wire.tests).toBe(0);
    page.visibilityState = "visible";
    page.dispatchEvent(new Event("visibilitychange"));
    browser.dispatchEvent(new Event("online"));
    browser.dispatchEvent(new Event("pageshow"));
    expect(context.wire.tests).toBe(3);
  });
});
