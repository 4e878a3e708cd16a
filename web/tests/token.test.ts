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
  it("is kept while it is young", async () => {
    const token = new Token("first", "me", ask);
    vi.advanceTimersByTime(11 * HOUR);
    await token.freshen();
    expect(token.value).toBe("first");
    expect(ask).not.toHaveBeenCalled();
  });

  it("is renewed when it is old, and is young again", async () => {
    const token = new Token("first", "me", ask);
    vi.advanceTimersByTime(13 * HOUR);
    await token.freshen();
    expect(token.value).toBe("second");
    await token.freshen();
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("stays as it is while the server is away, and asks again", async () => {
    ask.mockRejectedValueOnce(new TypeError("no network"));
    const token = new Token("first", "me", ask);
    expect(await token.replace()).toBe(true);
    expect(token.value).toBe("first");
    await token.replace();
    expect(token.value).toBe("second");
  });

  it.each([[undefined], [{ token: "theirs", userId: "another" }]])(
    "is not thrown away because the cookie disagrees: %o",
    async (issued) => {
      ask.mockResolvedValue(issued);
      const token = new Token("first", "me", ask);
      vi.advanceTimersByTime(13 * HOUR);
      await token.freshen();
      expect(await token.replace()).toBe(false);
      expect(token.value).toBe("first");
    },
  );
});
