"""Somebody who is away: told to all, known to late-comers, and over with the visit."""

from typing import Any

from trio.testing import MockClock

from tests.channels.backend import Browser, open_backend, settled
from xr.features.attention import Attention


def changes(browser: Browser) -> list[Any]:
    told = (payload for *_, event, payload in browser.told() if event == "stoc")
    return [stoc["payload"] for stoc in told if stoc["event"] == "user_changed"]


def snapshot(browser: Browser) -> Any:
    return next(payload for *_, event, payload in browser.told() if event == "user_snapshot")


async def test_somebody_is_away_until_they_say_otherwise_or_leave(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=[Attention]) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        bob.told()
        for away in (True, True, False, True):
            ann.push("i_am_away", {"away": away})
        await settled()
        told = changes(bob)
        assert told == [{"user_id": "ann", "away": away} for away in (True, False, True)]
        cat = backend.browser("cat")
        cat.join()
        await settled()
        known = snapshot(cat)
        assert known["ann"]["away"] is True
        assert "away" not in known["bob"], "left out while it is not so"

        ann.push("phx_leave", {}, "room:hall")
        await settled()
        again = backend.browser("ann")
        again.join()
        await settled()
        assert "away" not in snapshot(again)["ann"]


async def test_it_has_a_rate_and_a_shape(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Attention]) as backend:
        ann = await backend.visitor("ann")
        ann.told()
        ann.push("i_am_away", {"away": "yes"})
        for _ in range(6):
            ann.push("i_am_away", {"away": True})
        await settled()
        replies = [payload for *_, event, payload in ann.told() if event == "phx_reply"]
        reasons = [reply["response"].get("reason") for reply in replies]
        assert reasons == ["invalid payload", None, None, None, None, "too fast", "too fast"]
