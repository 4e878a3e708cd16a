"""Somebody of whom nothing comes: told to all, also to late-comers, until they are heard again."""

from typing import Any

from trio.testing import MockClock

from tests.channels.backend import Browser, open_backend, settled


def silences(browser: Browser) -> list[Any]:
    """The news of silence that it heard since the last time."""
    return [payload for event, payload in browser.stoc() if event == "user_changed"]


def news(*silent: bool) -> list[Any]:
    return [{"user_id": "ann", "silent": each} for each in silent]


async def test_a_silent_user_is_told_until_they_are_heard_again(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        bob.told()
        ann.socket.set_silent(silent=True)
        await settled()
        assert silences(bob) == news(True)
        late = backend.browser("cat")
        late.join()
        await settled()
        known = next(payload for *_, event, payload in late.told() if event == "user_snapshot")
        assert known["ann"]["silent"] is True
        assert "silent" not in known["bob"], "left out while it is not so"
        ann.socket.set_silent(silent=False)
        ann.socket.set_silent(silent=False)
        await settled()
        assert silences(bob) == news(False)


async def test_a_user_with_a_tab_that_answers_is_not_silent(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        first, second = await backend.visitor("ann"), await backend.visitor("ann")
        bob = await backend.visitor("bob")
        bob.told()
        first.socket.set_silent(silent=True)
        await settled()
        assert silences(bob) == []
        second.end()  # the tab that answers is closed
        await settled()
        assert silences(bob) == news(True)


async def test_a_line_made_anew_ends_the_silence(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        dead = await backend.visitor("ann", tab="t")
        bob = await backend.visitor("bob")
        bob.told()
        dead.socket.set_silent(silent=True)
        await settled()
        await backend.visitor("ann", tab="t")
        await settled()
        assert silences(bob) == news(True, False)


async def test_silence_outside_a_room_is_nobodys(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        ann.push("phx_leave", {}, "room:hall")
        await settled()
        bob.told()
        ann.socket.set_silent(silent=True)
        ann.join("room:nowhere")
        ann.socket.set_silent(silent=False)
        await settled()
        assert silences(bob) == []


async def test_silence_that_began_while_the_join_waited_is_told(autojump_clock: MockClock) -> None:
    async with open_backend() as backend:
        bob = await backend.visitor("bob")
        gate = backend.store.shut("load_visit done")
        ann = backend.browser("ann")
        ann.join()
        await settled()
        bob.told()
        ann.transport.quiet = True
        ann.socket.set_silent(silent=True)
        gate.set()
        await settled()
        assert silences(bob) == news(True)
        ann.transport.quiet = False
        ann.socket.set_silent(silent=False)
        await settled()
        assert silences(bob) == news(False)
