"""Profiles in a room: chosen, told in the stream's order, kept, and forgotten."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from msgspec.structs import replace
from trio.testing import MockClock

from tests.channels.backend import Backend, Browser, open_backend, settled
from tests.people import state_json
from xr.errors import StoreError
from xr.features.profile import Profiles
from xr.profile import Profile, default_profile
from xr.rooms.asking import ask
from xr.rooms.tenure import Tenure
from xr.wire.refusals import Refused

INTERVAL = 6.0
"""Seconds in which a change is written, and a little more."""
ANN = {"name": "Ann", "color": "#4d9de0", "avatar": "fox"}


def replies(browser: Browser) -> list[Any]:
    return [payload for *_, event, payload in browser.told() if event == "phx_reply"]


def changes(browser: Browser) -> Iterator[Any]:
    for *_, event, payload in browser.told():
        if event == "stoc" and payload["event"] == "user_changed":
            yield payload["payload"]


async def snapshot_of(backend: Backend, user_id: str) -> Any:
    browser = backend.browser(user_id)
    browser.join()
    await settled()
    return next(payload for *_, event, payload in browser.told() if event == "user_snapshot")


async def test_a_profile_is_told_to_all_and_known_to_late_comers(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=[Profiles]) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        ann.told(), bob.told()
        ann.push("i_am", {"name": "  Ann ", "color": "#4D9DE0"})
        await settled()
        ann.push("i_am", {"avatar": "fox", "color": "#4d9de0"})
        ann.push("i_am", {"avatar": "fox"})
        await settled()
        assert list(changes(bob)) == [
            {"user_id": "ann", "name": "Ann", "color": "#4d9de0"},
            {"user_id": "ann", "avatar": "fox"},
        ]
        assert replies(ann) == [{"status": "ok", "response": {}}] * 3
        snapshot = await snapshot_of(backend, "cat")
        known = {**state_json("ann"), **ANN}
        assert {name: snapshot["ann"][name] for name in known} == known
        assert snapshot["bob"]["name"] == default_profile("bob").name


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"name": ""}, "invalid name"),
        ({"name": "x" * 33}, "invalid name"),
        ({"name": "\u202egnorts"}, "invalid name"),
        ({"name": "Ann", "color": "blue"}, "invalid color"),
        ({"name": "Ann", "avatar": "dragon"}, "invalid avatar"),
        ({"name": 3}, "invalid payload"),
        ([], "invalid payload"),
    ],
)
async def test_a_profile_that_cannot_be_changes_nothing(
    payload: Any, reason: str, autojump_clock: MockClock
) -> None:
    async with open_backend(features=[Profiles]) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        ann.told(), bob.told()
        ann.push("i_am", payload)
        await settled()
        (reply,) = replies(ann)
        assert reply["status"] == "error"
        assert reply["response"]["reason"] == reason
        assert reply["response"]["detail"]
        assert list(changes(bob)) == []


async def test_a_profile_is_kept_and_holds_in_other_rooms(autojump_clock: MockClock) -> None:
    async with open_backend("hall", "attic", features=[Profiles]) as backend:
        ann = await backend.visitor("ann")
        ann.push("i_am", ANN)
        await settled()
        ann.push("phx_leave", {}, "room:hall")
        await trio.sleep(INTERVAL)
        assert (await backend.store.load_visit("attic", "ann")).profile == Profile(**ANN)
        snapshot = await snapshot_of(backend, "bob")
        assert "ann" not in snapshot
        again = backend.browser("ann")
        again.join("room:attic")
        await settled()
        (told,) = [p for *_, event, p in again.told() if event == "user_snapshot"]
        assert told["ann"]["name"] == "Ann"


async def test_a_profile_that_could_not_be_written_is_written_later(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=[Profiles]) as backend:
        ann = await backend.visitor("ann")
        backend.store.failures["save_profiles"] = StoreError("the disk is full")
        ann.push("i_am", ANN)
        await settled()
        ann.push("phx_leave", {}, "room:hall")
        await trio.sleep(3 * INTERVAL)
        assert (await backend.store.load_visit("hall", "ann")).profile == default_profile("ann")
        del backend.store.failures["save_profiles"]
        await trio.sleep(INTERVAL)
        assert (await backend.store.load_visit("hall", "ann")).profile == Profile(**ANN)


async def test_a_profile_holds_at_once_in_every_room_though_it_is_not_written(
    autojump_clock: MockClock,
) -> None:
    async with open_backend("hall", "attic", features=[Profiles]) as backend:
        backend.store.failures["save_profiles"] = StoreError("the disk is full")
        ann, bob = await backend.visitor("ann"), backend.browser("bob")
        for browser in (ann, bob):
            browser.join("room:attic")
        await settled()
        bob.told()
        ann.push("i_am", {"name": "Ann"}, "room:hall")
        await settled()
        assert [each["name"] for each in changes(bob)] == ["Ann"]
        ann.push("i_am", {"avatar": "fox"}, "room:attic")  # takes nothing back
        await settled()
        cat = backend.browser("cat")
        cat.join("room:hall")
        await settled()
        (told,) = [p for *_, event, p in cat.told() if event == "user_snapshot"]
        assert (told["ann"]["name"], told["ann"]["avatar"]) == ("Ann", "fox")
        for topic in ("room:hall", "room:attic"):
            ann.push("phx_leave", {}, topic)
        await settled()
        ann.told()
        ann.join("room:hall")
        await settled()
        (told,) = [p for *_, event, p in ann.told() if event == "user_snapshot"]
        assert (told["ann"]["name"], told["ann"]["avatar"]) == ("Ann", "fox")


BEN = Profile("Ben", "#112233", "robot")


@asynccontextmanager
async def open_unreadable() -> AsyncIterator[Backend]:
    """A server whose store has a profile of ben and cannot be read; a room that always spawns."""
    async with open_backend(features=[Profiles]) as backend:
        await backend.store.save_profiles({"ben": BEN})
        await backend.store.save_options(Tenure("hall"), {"always_spawn": True})
        await backend.visitor("ann")
        for method in ("load_visit", "profiles_of"):
            backend.store.failures[method] = StoreError("disk I/O error")
        yield backend


async def stored(backend: Backend, user_id: str) -> Profile:
    return (await backend.store.profiles_of([user_id]))[user_id]


async def test_a_profile_that_could_not_be_read_is_never_overwritten(
    autojump_clock: MockClock,
) -> None:
    async with open_unreadable() as backend:
        ben = await backend.visitor("ben")
        ben.push("i_am", {"color": "#445566"})
        ben.push("i_am", {"color": "#778899"})
        await settled()
        assert [each["color"] for each in changes(ben)] == ["#445566", "#778899"]
        assert (await snapshot_of(backend, "cat"))["ben"]["name"] == default_profile("ben").name
        await trio.sleep(20)
        backend.store.failures.clear()
        assert await stored(backend, "ben") == BEN
        await trio.sleep(11)
        assert await stored(backend, "ben") == replace(BEN, color="#778899")
        (told,) = changes(ben)
        assert told["name"] == "Ben"


async def test_a_profile_that_could_not_be_read_is_shown_once_it_can_be(
    autojump_clock: MockClock,
) -> None:
    async with open_unreadable() as backend:
        ben = await backend.visitor("ben")
        backend.store.failures.clear()
        await trio.sleep(11)
        assert [each["name"] for each in changes(ben)] == ["Ben"]
        assert await stored(backend, "ben") == BEN


async def test_a_profile_that_could_not_be_read_may_be_chosen_anew(
    autojump_clock: MockClock,
) -> None:
    async with open_unreadable() as backend:
        ben = await backend.visitor("ben")
        ben.push("i_am", {"name": "Benno", "color": "#778899", "avatar": "fox"})
        await trio.sleep(6)
        backend.store.failures.clear()
        assert await stored(backend, "ben") == Profile("Benno", "#778899", "fox")


async def test_what_is_chosen_is_written_when_the_server_stops_as_the_disk_comes_back(
    autojump_clock: MockClock,
) -> None:
    async with open_unreadable() as backend:
        ben = await backend.visitor("ben")
        ben.push("i_am", {"name": "Benno"})
        await settled()
        backend.store.failures.clear()
    assert await stored(backend, "ben") == replace(BEN, name="Benno")


async def test_what_was_forgotten_is_not_written_later(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Profiles]) as backend:
        ann = await backend.visitor("ann")
        ann.push("i_am", ANN)
        await settled()
        bob = await backend.visitor("bob")
        backend.lobby.forget_user("ann")
        await settled()
        assert [each["name"] for each in changes(bob)] == [default_profile("ann").name]
        await backend.store.forget_user("ann")
        ann.push("phx_leave", {}, "room:hall")
        await settled()
        assert (await backend.store.load_visit("hall", "ann")).profile == default_profile("ann")


async def test_a_hand_is_up_until_it_is_taken_down(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Profiles]) as backend:
        ann, bob = await backend.visitor("ann"), await backend.visitor("bob")
        bob.told()
        ann.push("raise_hand", {"up": True})
        ann.push("raise_hand", {"up": True})
        await settled()
        shown = (await snapshot_of(backend, "cat"))["ann"]
        at = shown["hand_at"]
        assert shown["hand"] is True
        ann.push("raise_hand", {"up": False})
        await settled()
        assert list(changes(bob)) == [
            {"user_id": "ann", "hand": True, "hand_at": at},
            {"user_id": "ann", "hand": False},
        ]
        assert (await snapshot_of(backend, "dan"))["ann"]["hand"] is False


async def test_late_comers_know_in_which_order_the_hands_went_up(
    autojump_clock: MockClock,
) -> None:
    async with open_backend(features=[Profiles]) as backend:
        browsers = {name: await backend.visitor(name) for name in ("ann", "bob", "cat")}
        for name in ("cat", "ann", "bob"):
            browsers[name].push("raise_hand", {"up": True})
            await settled()
        snapshot = await snapshot_of(backend, "dan")
        assert "hand_at" not in snapshot["dan"]
        assert sorted(browsers, key=lambda name: snapshot[name]["hand_at"]) == ["cat", "ann", "bob"]


async def test_nobody_changes_a_profile_from_outside(autojump_clock: MockClock) -> None:
    async with open_backend(features=[Profiles]) as backend:
        await backend.visitor("ann")
        for user_id in ("bob", None):
            with pytest.raises(Refused, match="no such user"):
                await ask(backend.lobby.supervisor, "hall", "i_am", {"name": "Bob"}, user_id)
