/** Somebody whose page is hidden, or whose headset lies aside, is told to be away. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { attention } from "../src/systems/attention.js";
import { createContext, disposeContext, type TestContext } from "./context.js";
import { person } from "./person.js";

const wait = (): unknown => vi.advanceTimersByTime(2000);
const hide = (hidden: boolean): void => {
  Object.assign(document, { hidden });
  document.dispatchEvent(new Event("visibilitychange"));
};

describe("being away", () => {
  let context: TestContext;
  /** The server says how we stand. */
  const known = (away: boolean): void => context.shared.$people.next(new Map([["me", person({ away })]]));
  const told = (): unknown[] => context.wire.pushes;

  beforeEach(() => {
    vi.useFakeTimers();
    context = createContext();
    Object.assign(document, { hidden: false });
    attention(context);
    known(false);
    context.wire.$joined.next();
    wait();
  });
  afterEach(() => {
    disposeContext(context);
    vi.useRealTimers();
  });

  it("is told when the page is hidden, and when it is seen again", () => {
    expect(told()).toEqual([]);
    hide(true);
    expect(told()).toEqual([]); // perhaps a glance
    wait();
    expect(told()).toEqual([["i_am_away", { away: true }]]);
    known(true);
    hide(false);
    wait();
    expect(told()).toEqual([["i_am_away", { away: true }], ["i_am_away", { away: false }]]);
  });

  it("is no glance elsewhere", () => {
    hide(true);
    vi.advanceTimersByTime(500);
    hide(false);
    wait();
    expect(told()).toEqual([]);
  });

  it("is contradicted by the window that is looked at", () => {
    known(true); // said by another
    wait();
    expect(told()).toEqual([["i_am_away", { away: false }]]);
  });

  it("is not insisted on by a window that is hidden, but said again after a rejoin", () => {
    hide(true);
    wait();
    known(true);
    known(false); // another window said so
    wait();
    expect(told()).toHaveLength(1);
    context.wire.$joined.next();
    wait();
    expect(told()).toHaveLength(2);
  });

  it("means the headset in VR, whatever becomes of the page", () => {
    context.shared.$vr.next("inside");
    hide(true);
    wait();
    expect(told()).toEqual([]);
    context.shared.$vr_hidden.next(true);
    wait();
    expect(told()).toEqual([["i_am_away", { away: true }]]);
  });
});
