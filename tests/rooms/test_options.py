"""Options of a room, whoever sets them: told at once, written by the room itself, never stale."""

from functools import partial

import pytest
import trio
from trio.testing import MockClock

from tests.rooms.fake_client import FakeClient
from tests.rooms.gated_store import HALL, LOCKED, GatedStore
from tests.rooms.house import House, open_house
from xr.errors import StoreError
from xr.features import FEATURES
from xr.operations.rooms import rename_room, set_always_spawn
from xr.roles import Capability
from xr.rooms.asking import ask
from xr.rooms.lifecycle import Ending
from xr.world import World


def world_of(house: House) -> World:
    """The world of an operator beside this house."""
    return World(
        store=house.store,
        forget_pose=house.store.forget_pose,
        forget_user=house.store.forget_user,
        ask=partial(ask, house.lobby.supervisor),
    )


async def test_an_operator_s_change_is_told_to_those_inside_and_to_newcomers(
    autojump_clock: MockClock,
) -> None:
    async with open_house(features=FEATURES) as house:
        ann, bob = FakeClient("ann"), FakeClient("bob")
        await house.enter(ann)
        ann.told()
        await rename_room(world_of(house), HALL, " Attic ")
        await set_always_spawn(world_of(house), HALL, True)
        await trio.sleep(0.1)
        assert [what for what, _ in ann.told()] == ["room_changed", "room_changed"]
        await house.enter(bob)
        shown = bob.state["room_options"]
        assert (shown["name"], shown["always_spawn"]) == ("Attic", True)
        record = await house.store.load_room(HALL)
        assert record is not None
        assert record.options.name == "Attic"
        assert {(act.act, act.detail) for act in await house.store.list_acts(HALL)} == {
            ("set", "name Attic"),
            ("set", "always_spawn on"),
        }


async def test_every_option_that_becomes_different_is_an_act_and_a_password_stays_secret(
    autojump_clock: MockClock,
) -> None:
    async with open_house(features=FEATURES) as house:
        changes = {"locked": True, "password": "open sesame", "capacity": 7, "listed": True}
        await ask(house.lobby.supervisor, HALL, "set_room", changes)
        await ask(house.lobby.supervisor, HALL, "set_room", {"capacity": None, "password": None})
        made = await ask(house.lobby.supervisor, HALL, "invite", {"role": "member"})
        await ask(house.lobby.supervisor, HALL, "revoke", {"id": made.id})
        acts = sorted((act.act, act.detail) for act in await house.store.list_acts(HALL))
        assert acts == [
            ("invite", f"{made.id} member"),
            ("lock", "on"),
            ("revoke", made.id),
            ("set", "capacity 7"),
            ("set", "capacity as the server"),
            ("set", "password off"),
            ("set", "password on"),
        ]


async def test_what_a_run_could_not_write_holds_and_shows_in_the_next(
    autojump_clock: MockClock,
) -> None:
    store = GatedStore()
    async with open_house(store, features=FEATURES) as house:
        room = await house.enter(FakeClient("ann"))
        store.failures["save_options"] = LOCKED
        changes = {"locked": True, "always_spawn": True, "capacity": 3}
        with pytest.raises(StoreError, match="it is done"):
            await ask(house.lobby.supervisor, HALL, "set_room", changes)
        room.stop(Ending.FAILED)
        await trio.sleep(1)
        invited = FakeClient("ann")
        again = house.lobby.room(HALL)
        assert again not in (None, room)
        del store.failures["save_options"]
        await ask(house.lobby.supervisor, HALL, "set_role", {"user_id": "ann", "role": "member"})
        room = await house.enter(invited)
        assert room.presence.always_spawn
        shown = invited.state["room_options"]
        assert (shown["locked"], shown["capacity"], shown["always_spawn"]) == (True, 3, True)


async def test_an_answer_waits_for_the_room_s_own_write_which_outlives_the_one_who_asks(
    autojump_clock: MockClock,
) -> None:
    store = GatedStore()
    async with open_house(store, features=FEATURES) as house:
        gate = store.shut("save_standings")
        with trio.move_on_after(1) as scope:
            await ask(house.lobby.supervisor, HALL, "mute", {"user_id": "bob", "muted": True})
        assert scope.cancelled_caught
        room = house.lobby.room(HALL)
        assert room is not None
        room.stop()
        await trio.sleep(1)
        gate.set()
        await trio.sleep(1)
        record = await store.load_room(HALL)
        assert record is not None
        assert record.standings["bob"].muted


async def test_a_client_s_capabilities_follow_the_options(autojump_clock: MockClock) -> None:
    async with open_house(features=FEATURES) as house:
        ann = FakeClient("ann")
        room = await house.enter(ann)
        assert room.may(ann.standing, Capability.SPEAK)
        assert not room.may(ann.standing, Capability.BUILD)
        changes = {"who_may_speak": "members", "who_may_build": "everybody"}
        await ask(house.lobby.supervisor, HALL, "set_room", changes)
        assert not room.may(ann.standing, Capability.SPEAK)
        assert room.may(ann.standing, Capability.BUILD)
        await ask(house.lobby.supervisor, HALL, "mute", {"user_id": "ann", "muted": True})
        assert not room.may(ann.standing, Capability.CHAT)
