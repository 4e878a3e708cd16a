"""The standings of a room: given while people are in it, kept for those who are away."""

from collections.abc import Mapping

import pytest
import trio
from trio.testing import MockClock

from tests.rooms.fake_client import FakeClient
from tests.rooms.gated_store import LOCKED, GatedStore
from tests.rooms.house import House, mark, open_house
from xr.errors import StoreError
from xr.features.roles import Roles
from xr.roles import Capability, Role
from xr.rooms.asking import ask
from xr.rooms.standings import MOST, PLAIN, Bar, Standing, Standings
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

FEATURES = (Roles,)


def make_standings(now: float = 0.0, /, **standings: Standing) -> tuple[Standings, list[str]]:
    """Standings that are never saved, and the users of whom they tell a change."""
    changed: list[str] = []

    async def save(_: Mapping[str, Standing]) -> None:
        raise AssertionError("not asked for")

    return Standings(standings, save, changed.append, mark, lambda: now), changed


async def give(house: House, room_id: str, user_id: str, role: str, by: str | None) -> object:
    payload = {"user_id": user_id, "role": role}
    return await ask(house.lobby.supervisor, room_id, "set_role", payload, by)


async def roles(store: GatedStore, room_id: str) -> dict[str, str]:
    record = await store.load_room(room_id)
    assert record is not None
    return {user_id: standing.role for user_id, standing in record.standings.items()}


def test_everybody_is_a_plain_guest_until_told_otherwise() -> None:
    standings, changed = make_standings()
    assert (standings["ann"], list(standings)) == (PLAIN, [])
    standings.give("ann", Role.MEMBER)
    standings.give("ann", Role.MEMBER)
    assert (standings["ann"], list(standings)) == (Standing(Role.MEMBER), ["ann"])
    assert changed == ["ann"]
    standings.give("ann", Role.GUEST)
    assert (list(standings), changed, standings.unsaved) == ([], ["ann"] * 2, {"ann": PLAIN})


def test_the_last_owner_cannot_go_but_one_of_two_can() -> None:
    standings, _ = make_standings(ann=Standing(Role.OWNER))
    for role in (Role.GUEST, Role.MEMBER, Role.MODERATOR):
        with pytest.raises(Refused, match="last owner"):
            standings.give("ann", role)
    standings.give("bob", Role.OWNER)
    standings.give("ann", Role.MODERATOR)
    assert (standings["ann"].role, standings["bob"].role) == (Role.MODERATOR, Role.OWNER)


def test_a_role_leaves_mute_and_ban_alone() -> None:
    marked = Standing(muted=True, bar=Bar(Reason.BANNED))
    standings, _ = make_standings(ann=marked)
    standings.give("ann", Role.MEMBER)
    standings.forget("ann")
    assert standings["ann"] == marked


def test_standings_have_a_bound() -> None:
    standings, _ = make_standings(**{f"u{n}": Standing(Role.MEMBER) for n in range(MOST)})
    with pytest.raises(Refused, match="too many"):
        standings.give("one too many", Role.MEMBER)
    standings.give("u0", Role.MODERATOR)
    standings.give("u0", Role.GUEST)
    standings.give("one too many", Role.MEMBER)
    assert len(list(standings)) == MOST


async def test_a_role_reaches_every_connection_at_once_and_is_written_soon(
    autojump_clock: MockClock,
) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await house.store.create_room("A room", {}, "ann")
        phone, laptop = FakeClient("bob"), FakeClient("bob")
        for client in (FakeClient("ann"), phone, laptop):
            await house.enter(client, room_id)
        assert not phone.may(Capability.MODERATE)
        room = house.lobby.room(room_id)
        assert room is not None
        room.standings.give("bob", Role.MODERATOR)
        assert phone.may(Capability.MODERATE)
        assert laptop.standing.role is Role.MODERATOR
        await trio.sleep(0.01)
        assert await roles(house.store, room_id) == {"ann": "owner", "bob": "moderator"}


async def test_a_role_is_there_before_its_holder_and_after_the_room_was_closed(
    autojump_clock: MockClock,
) -> None:
    async with open_house(features=FEATURES, idle=1) as house:
        room_id = await house.store.create_room("A room", {}, "ann")
        assert await give(house, room_id, "bob", "member", "ann") == {}
        await trio.sleep(5)
        assert house.lobby.room(room_id) is None
        bob = FakeClient("bob")
        await house.enter(bob, room_id)
        assert bob.standing.role is Role.MEMBER


async def test_a_role_is_kept_while_the_disk_fails_and_written_later(
    autojump_clock: MockClock,
) -> None:
    store = GatedStore()
    async with open_house(store, features=FEATURES, idle=1) as house:
        room_id = await store.create_room("A room", {}, "ann")
        ann = FakeClient("ann")
        await house.enter(ann, room_id)
        store.failures["save_standings"] = LOCKED
        with pytest.raises(StoreError, match="tries again"):
            await give(house, room_id, "bob", "member", None)
        assert await roles(store, room_id) == {"ann": "owner"}
        room = house.lobby.room(room_id)
        assert room is not None
        room.stop()  # it ends with the role unwritten, and the next one has it
        await trio.sleep(4)
        store.failures.clear()
        bob = FakeClient("bob")
        await house.enter(bob, room_id)
        assert bob.standing.role is Role.MEMBER
        await trio.sleep(6)
        assert await roles(store, room_id) == {"ann": "owner", "bob": "member"}


async def test_who_asks_a_room_has_their_own_role(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await house.store.create_room("A room", {}, "ann")
        for by in ("bob", "zoe"):
            with pytest.raises(Refused, match="not allowed"):
                await give(house, room_id, "zoe", "owner", by)
        with pytest.raises(Refused, match="no such room"):
            await give(house, "nowhere", "zoe", "owner", None)
        with pytest.raises(Refused, match="invalid payload"):
            await give(house, room_id, "zoe", "king", None)
        with pytest.raises(Refused, match="unknown event"):
            await ask(house.lobby.supervisor, room_id, "abdicate", {})
        assert await roles(house.store, room_id) == {"ann": "owner"}


async def test_to_be_forgotten_takes_the_role_at_once(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        room_id = await house.store.create_room("A room", {}, "ann")
        ann = FakeClient("ann")
        await house.enter(ann, room_id)
        house.lobby.forget_pose("ann", room_id)
        assert ann.may(Capability.CONFIGURE)
        house.lobby.forget_user("ann")
        await house.store.forget_user("ann")
        assert not ann.may(Capability.CONFIGURE)
        await trio.sleep(6)
        assert await roles(house.store, room_id) == {}
