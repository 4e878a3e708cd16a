"""Moderation as clients see it: ends, refusals, and who is told; each intent as each role."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import OK, TOPIC, Backend, Browser, open_backend, pose, settled
from xr.features import FEATURES
from xr.roles import Role, may
from xr.rooms.standings import PLAIN, Standing
from xr.rooms.tenure import Tenure

STAFF = {role.value: Standing(role) for role in Role}
"""A user of each role, who is called like it."""
KEPT = {user: standing for user, standing in STAFF.items() if standing != PLAIN}
WITHIN = 0.2
"""Seconds in which somebody is out everywhere."""


async def open_staff(backend: Backend) -> None:
    await backend.store.save_standings(Tenure("hall"), STAFF)


def ask(browser: Browser, event: str, **payload: object) -> Any:
    """The reply to an intent, which is sent at once."""
    browser.told()
    ref = browser.push(event, payload)
    return browser.replies()[ref]


def reason_of(reply: Any) -> str:
    return str(reply["response"].get("reason", ""))


async def test_somebody_is_out_everywhere_and_stays_out_on_any_way_in(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", "garden", features=FEATURES) as backend:
        await open_staff(backend)
        moderator = await backend.visitor("moderator")
        tabs = [await backend.visitor("ann", tab=tab) for tab in ("one", "two")]
        witness = await backend.visitor("witness")
        tabs[0].join("room:garden")
        lost = await backend.visitor("ann", tab="lost")
        lost.end(1006)
        await settled()
        for browser in (*tabs, witness):
            browser.told()
        assert ask(moderator, "kick", user_id="ann", minutes=5) == OK
        for tab in tabs:
            assert tab.told()[-1][3:] == ["phx_close", {"reason": "kicked"}]
        await trio.sleep(WITHIN)
        assert witness.stoc() == [("user_left", {"user_id": "ann"})]
        tabs[0].push("i_moved", pose(1))
        assert reason_of(next(iter(tabs[0].replies().values()))) == "unmatched topic"
        again = backend.browser("ann", address="another")  # a new page with the saved token
        for page, name in ((tabs[0], "one"), (tabs[1], "new"), (again, "other")):
            page.told()
            ref = page.join(tab=name)
            await settled()
            response = page.replies()[ref]["response"]
            assert response["reason"] == "kicked"
            assert "Come back in 5 minutes" in response["detail"]
            assert 298 < response["retry_after"] <= 300
        assert "room:garden" in tabs[0].socket.memberships
        await trio.sleep(300)
        again.told()
        ref = again.join()
        await settled()
        assert again.replies()[ref] == OK


async def test_a_join_in_the_moment_of_the_kick_is_none(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        await open_staff(backend)
        moderator = await backend.visitor("moderator")
        ann = await backend.visitor("ann")
        ann.told()
        again = ann.join()  # it has replaced the first, and waits for the store
        assert ask(moderator, "ban", user_id="ann") == OK
        await trio.sleep(WITHIN)
        assert reason_of(ann.replies()[again]) == "banned"
        assert backend.lobby.who("hall") == ["moderator"]


async def test_acts_are_told_to_those_who_may_moderate(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        await open_staff(backend)
        crowd = [await backend.visitor(role) for role in Role]
        for browser in crowd:
            browser.told()
        crowd[3].push("mute", {"user_id": "member", "muted": True})
        await settled()
        heard = [browser.stoc() for browser in crowd]
        moderated = {"act": "mute", "user_id": "member", "by": "owner", "detail": ""}
        changed = ("user_changed", {"user_id": "member", "mic": "muted"})
        assert heard[0] == heard[1] == [changed]
        assert heard[2] == heard[3] == [changed, ("moderated", moderated)]


async def test_a_role_is_told_to_all_and_holds_at_once(autojump_clock: MockClock) -> None:
    async with open_backend(features=FEATURES) as backend:
        await open_staff(backend)
        owner, ann = await backend.visitor("owner"), await backend.visitor("ann")
        assert reason_of(ask(ann, "kick", user_id="ann")) == "not allowed"
        assert ask(owner, "set_role", user_id="ann", role="moderator") == OK
        await settled()
        assert ("user_changed", {"user_id": "ann", "role": "moderator"}) in ann.stoc()
        assert ask(ann, "mute", user_id="guest", muted=True) == OK
        assert ask(owner, "set_role", user_id="ann", role="guest") == OK
        assert reason_of(ask(ann, "mute", user_id="guest", muted=False)) == "not allowed"
        assert reason_of(ask(owner, "set_role", user_id="owner", role="guest")) == "last owner"


# Each intent as each role: a new one is tried as soon as a feature declares it.

INTENTS = {
    name: intent
    for feature in FEATURES
    for name, intent in feature.intents.items()
    if issubclass(intent.payload, msgspec.Struct)  # a binary push has no reply
}
GARBAGE: tuple[object, ...] = (
    {},
    [],
    None,
    7,
    "x",
    {"user_id": 3},
    {"user_id": "", "role": "king"},
)


def _payloads(name: str) -> Iterator[object]:
    """Payloads that fit the struct of an intent as far as its fields' names go, and garbage."""
    fields = [field.name for field in msgspec.structs.fields(INTENTS[name].payload)]
    for value in ("guest", True, 1, None):
        yield dict.fromkeys(fields, value)
    yield from GARBAGE


@pytest.mark.parametrize("name", INTENTS)
async def test_each_intent_is_refused_to_each_role_that_lacks_its_capability(
    name: str, autojump_clock: MockClock
) -> None:
    async with open_backend(features=FEATURES) as backend:
        await open_staff(backend)
        for role in Role:
            browser = await backend.visitor(role.value)
            lacks = not may(role, INTENTS[name].needs)
            for payload in _payloads(name):
                before = backend.lobby.room("hall")
                browser.told()
                ref = browser.push(name, payload)
                replies = browser.replies()  # one that a thread prepares comes later, to who may
                reason = reason_of(replies[ref]) if ref in replies else "later"
                assert (reason == "not allowed") or not lacks, payload
                assert backend.lobby.room("hall") is before  # no payload ends the room
                await trio.sleep(2)  # at a rate that is allowed
                if browser.transport.closed or TOPIC not in browser.socket.memberships:
                    browser = await backend.visitor(role.value)
            if lacks:
                record = await backend.store.load_room("hall")
                assert record is not None
                assert record.standings == KEPT
            else:
                await open_staff(backend)
