import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Issued, Token } from "../src/token.js";

const HOUR = 3600 * 1000;
const ask = vi.fn<() => Promise<Issued | undefined>>();

beforeEach(() => {
  vi.useFakeTimers();
  ask.mockReset().mockResolvedValue({ token: "second", userId: "me" });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the token", () => {
  it("is kept while it is young and was not refused", async () => {
    const token = new Token("first", "me", ask);
    vi.advanceTimersByTime(11 * HOUR);
    expect(await token.refresh(false)).toBe(true);
    expect(token.value).toBe("first");
    expect(ask).not.toHaveBeenCalled();
  });

  it("is renewed when it is old", async () => {
    const token = new Token("first", "me", ask);
    vi.advanceTimersByTime(13 * HOUR);
    expect(await token.refresh(false)).toBe(true);
    expect(token.value).toBe("second");
    await token.refresh(false);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("is renewed when a connection did not open, once at a time", async () => {
    const token = new Token("first", "me", ask);
    await Promise.all([token.refresh(true), token.refresh(true)]);
    expect(token.value).toBe("second");
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("stays as it is while the server is away, and asks again", async () => {
    ask.mockRejectedValueOnce(new TypeError("no network"));
    const token = new Token("first", "me", ask);
    expect(await token.refresh(true)).toBe(true);
    expect(token.value).toBe("first");
    await token.refresh(true);
    expect(token.value).toBe("second");
  });

  it.each([[undefined], [{ token: "theirs", userId: "another" }]])(
    "says when the browser is nobody or somebody else: %o",
    async (issued) => {
      ask.mockResolvedValue(issued);
      const token = new Token("first", "me", ask);
      expect(await token.refresh(true)).toBe(false);
      expect(token.value).toBe("first");
    },
  );
});
