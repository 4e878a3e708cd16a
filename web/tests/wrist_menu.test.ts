import { BehaviorSubject, of, Subject } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPreferences, PREFERENCES } from "../src/preferences.js";
import type { Act } from "../src/roster.js";
import type { Person } from "../src/shared.js";
import type { Item, WristPage } from "../src/ui/wrist.js";
import { MenuModel, ROW, ROWS, TITLE } from "../src/vr/menu_model.js";
import { breakLine } from "../src/vr/menu_paint.js";
import { nextOf, ownPages } from "../src/vr/own_pages.js";
import type { Travel } from "../src/vr/travel.js";
import type { Said } from "../src/wire.gen.js";
import { ANSWERS, chatItems, gestureItems, personItems } from "../src/wrist_pages.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import { person } from "./person.js";

const labels = (menu: MenuModel): string[] => menu.rows.map(({ label }) => label);
const middleOf = (row: number): number => TITLE + (row + 0.5) * ROW;

describe("the menu", () => {
  let $people: BehaviorSubject<readonly Item[]>;
  let $pages: BehaviorSubject<readonly WristPage[]>;
  let menu: MenuModel;
  beforeEach(() => {
    $people = new BehaviorSubject<readonly Item[]>([{ label: "Ada" }]);
    $pages = new BehaviorSubject<readonly WristPage[]>([{ title: "People", $items: $people }]);
    menu = new MenuModel($pages);
    menu.toggle();
  });

  it("lists the pages, opens one, and comes back by its title", () => {
    expect([menu.title, ...labels(menu)]).toEqual(["Menu", "People"]);
    menu.press(menu.rowAt(middleOf(0)) as number);
    expect([menu.title, ...labels(menu)]).toEqual(["People", "Ada"]);
    menu.press(menu.rowAt(TITLE / 2) as number);
    expect(menu.title).toBe("Menu");
    menu.press(-1);
    expect(menu.isOpen).toBe(false);
  });

  it("presses only lines that do something, where they are", () => {
    const act = vi.fn<() => void>();
    $people.next([{ label: "Ada" }, { label: "Bob", act }]);
    menu.press(0);
    expect([menu.rowAt(middleOf(0)), menu.rowAt(middleOf(1)), menu.rowAt(middleOf(2))]).toEqual([undefined, 1, undefined]);
    menu.press(1);
    expect(act).toHaveBeenCalledTimes(1);
  });

  it("follows a page while it is open, and hears nothing of one that is closed", () => {
    menu.press(0);
    const drawn = vi.fn<() => void>();
    menu.$changed.subscribe(drawn);
    $people.next([{ label: "Ada" }, { label: "Bob" }]);
    expect([labels(menu), drawn.mock.calls.length]).toEqual([["Ada", "Bob"], 1]);
    menu.toggle();
    expect($people.observed).toBe(false);
  });

  it("leads through more lines than fit, and back to the first", () => {
    $people.next(Array.from({ length: ROWS + 2 }, (_, index) => ({ label: `Visitor ${index}` })));
    menu.press(0);
    expect([labels(menu).length, labels(menu).at(-1)]).toEqual([ROWS, "More"]);
    menu.press(ROWS - 1);
    expect(labels(menu)).toEqual(["Visitor 6", "Visitor 7", "Visitor 8", "Back to the first"]);
    menu.press(3);
    expect(labels(menu)[0]).toBe("Visitor 0");
  });

  it("opens a line's own page, and comes back to the list", () => {
    const act = vi.fn<() => void>();
    $people.next([{ label: "Ada", page: { title: "Ada", $items: of([{ label: "Ignore", act }]) } }]);
    menu.press(0);
    menu.press(0);
    expect([menu.title, ...labels(menu)]).toEqual(["Ada", "Ignore"]);
    menu.press(0);
    expect(act).toHaveBeenCalledTimes(1);
    menu.press(-1);
    expect([menu.title, ...labels(menu)]).toEqual(["People", "Ada"]);
  });

  it("gets pages that are added later", () => {
    $pages.next([...$pages.value, { title: "Chat", $items: of([]) }]);
    expect(labels(menu)).toEqual(["People", "Chat"]);
  });
});

describe("a panel of the page", () => {
  let context: TestContext;
  beforeEach(() => {
    context = createContext();
    vi.stubGlobal("window", new EventTarget());
  });
  afterEach(() => disposeContext(context));

  it("is in the menu, too, when it gives its lines", () => {
    const $items = new Subject<readonly Item[]>();
    context.ui.addPanel({ title: "Chat", icon: "chat", $items });
    context.ui.addPanel({ title: "Without", icon: "none" });
    expect(context.ui.wrist.$pages.value).toEqual([{ title: "Chat", $items }]);
  });
});

describe("the people on the wrist", () => {
  const run = vi.fn<(act: Act, userId: string) => void>();
  const ada = { userId: "ada", person: person({ name: "Ada" }), own: false, ignored: false, place: "3.0 m ahead" };
  const menuFor = (role: Person["role"]): MenuModel => {
    const me = { ...ada, userId: "me", own: true, person: person({ name: "Me", role, hand: true }), place: "" };
    const menu = new MenuModel(of([{ title: "People", $items: of(personItems([me, ada], role, run)) }]));
    menu.press(0);
    return menu;
  };

  it("are a line each, with hand and place; we have nothing to do to ourselves", () => {
    const menu = menuFor("guest");
    expect(menu.rows.map(({ label, state }) => [label, state])).toEqual([["✋ Me", "you"], ["Ada", "3.0 m ahead  ›"]]);
    expect(menu.rowAt(middleOf(0))).toBeUndefined();
    menu.press(1);
    expect(labels(menu)).toEqual(["Ignore"]);
  });

  it("are sent out by those who may, after a question", () => {
    const menu = menuFor("moderator");
    menu.press(1);
    menu.press(labels(menu).indexOf("Mute"));
    menu.press(labels(menu).indexOf("Send out"));
    expect([menu.title, ...labels(menu)]).toEqual(["Really send out?", "Yes: send out"]);
    expect(run.mock.calls).toEqual([["mute", "ada"]]);
    menu.press(0);
    expect(run).toHaveBeenLastCalledWith("kick", "ada");
  });
});

const saying = (text: string): Said => ({ id: text, user_id: "ada", name: "Ada", text, at: 0 });

describe("the chat and the gestures on the wrist", () => {
  it("show the newest lines above the answers that can be pressed", () => {
    const say = vi.fn<(text: string) => void>();
    const menu = new MenuModel(of([{ title: "Chat", $items: chatItems(of(["1", "2", "3", "4"].map(saying)), say) }]));
    menu.press(0);
    expect(labels(menu)).toEqual(["Ada: 2", "Ada: 3", "Ada: 4", ...ANSWERS]);
    menu.press(4);
    expect(say.mock.calls).toEqual([["Yes"]]);
  });

  it("raise the hand, and take it down", () => {
    const $raised = new BehaviorSubject(false);
    const [show, toggle] = [vi.fn<() => void>(), vi.fn<() => void>()];
    const menu = new MenuModel(of([{ title: "Gestures", $items: gestureItems($raised, show, toggle) }]));
    menu.press(0);
    expect(labels(menu)).toEqual(["Wave", "Clap", "Heart", "Laugh", "Raise hand"]);
    menu.press(2);
    expect(show).toHaveBeenCalledWith("heart");
    $raised.next(true);
    menu.press(4);
    expect([labels(menu)[4], toggle.mock.calls.length]).toEqual(["Take the hand down", 1]);
  });
});

describe("the settings on the wrist", () => {
  it("take the next value, and the first after the last", () => {
    expect(nextOf(PREFERENCES.vrTurn, "snap")).toBe("smooth");
    expect(nextOf(PREFERENCES.vrTurn, "smooth")).toBe("snap");
    expect([nextOf(PREFERENCES.height, 0), nextOf(PREFERENCES.height, 80)]).toEqual([5, -30]);
    expect(nextOf(PREFERENCES.seated, false)).toBe(true);
  });

  it("are the visitor's choices, and turn with hands alone", () => {
    const preferences = createPreferences();
    const travel = { turn: vi.fn<() => void>(), recentre: vi.fn<() => void>() };
    const leave = vi.fn<() => void>();
    const menu = new MenuModel(of(ownPages(travel as unknown as Travel, preferences, leave)));
    menu.press(1);
    menu.press(labels(menu).indexOf("Sitting: see as if standing"));
    expect([preferences.seated.value, menu.rows[3]?.state]).toEqual([true, "On"]);
    menu.press(-1);
    menu.press(0);
    menu.press(0);
    expect(travel.turn).toHaveBeenCalledWith(-1);
    menu.press(-1);
    menu.press(2);
    menu.press(0);
    expect(leave).toHaveBeenCalledTimes(1);
  });
});

const fits = (line: string): boolean => line.length <= 12;

it("long sentences are broken at their spaces", () => {
  expect(breakLine("No connection. Trying again…", fits)).toEqual(["No", "connection.", "Trying", "again…"]);
  expect(breakLine("short", fits)).toEqual(["short"]);
});
