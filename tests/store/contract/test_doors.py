"""The contract of a store: options, invites and those let in (``rooms.protocols.DoorStore``)."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.store.examples import STANDING
from xr.roles import Role
from xr.rooms.invites import Invite
from xr.rooms.options import Options, Who
from xr.rooms.protocols import RoomRecord
from xr.rooms.tenure import Tenure
from xr.store.protocol import Store

FOR_A_DAY = Invite(Role.MEMBER, "ann", 1000.0, 87_400.0)
FOR_EVER = Invite(Role.GUEST, None, 2000.5)


async def room(store: Store, room_id: str) -> RoomRecord:
    record = await store.load_room(room_id)
    assert record is not None
    return record


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Attic", "listed": False},
        {"locked": True, "capacity": 12, "voice": False, "always_spawn": True},
        {"password": "$argon2id$…", "password_epoch": 3},
        {"who_may_build": Who.EVERYBODY, "who_may_speak": Who.MODERATORS},
    ],
)
async def test_options_change_one_by_one(store: Store, changes: Mapping[str, Any]) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    other = await store.create_room("Hall", {}, "ann")
    before = store.revision
    await store.save_options(Tenure(room_id), changes)
    expected = Options(**{"name": "Hall", **changes})
    assert (await room(store, room_id)).options == expected
    assert (await room(store, other)).options == Options("Hall")
    assert store.revision > before
    (line,) = [line for line in await store.list_rooms() if line.room_id == room_id]
    assert (line.name, line.listed, line.guarded) == (
        expected.name,
        expected.listed,
        expected.guarded,
    )


async def test_a_room_is_made_listed_or_not(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann", listed=False)
    assert not (await room(store, room_id)).options.listed
    assert [line.listed for line in await store.list_rooms()] == [False]


async def test_invites_are_kept_until_they_are_removed(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    await store.save_invites(Tenure(room_id), {"i1": FOR_A_DAY, "i2": FOR_EVER})
    assert (await room(store, room_id)).invites == {"i1": FOR_A_DAY, "i2": FOR_EVER}
    await store.save_invites(Tenure(room_id), {"i1": None, "i3": FOR_EVER, "unknown": None})
    assert (await room(store, room_id)).invites == {"i2": FOR_EVER, "i3": FOR_EVER}


async def test_who_was_let_in_is_known_until_the_password_changes(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    tenure = Tenure(room_id)
    await store.save_let_in(tenure, {"bob": 1, "cat": 1})
    assert (await store.load_visit(room_id, "bob")).let_in == 1
    await store.save_poses(tenure, {"bob": STANDING})
    assert (await store.load_visit(room_id, "bob")).pose == STANDING
    assert (await store.load_visit(room_id, "ann")).let_in is None
    await store.save_let_in(tenure, {"cat": 2})
    await store.save_options(tenure, {"password": "other", "password_epoch": 2})
    assert (await store.load_visit(room_id, "bob")).let_in is None
    assert (await store.load_visit(room_id, "cat")).let_in == 2


async def test_a_deleted_room_takes_nothing_and_keeps_nothing(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    tenure = Tenure(room_id)
    await store.save_let_in(tenure, {"bob": 1})
    await store.save_invites(tenure, {"i1": FOR_A_DAY})
    await store.delete_room(room_id)
    await store.save_options(tenure, {"locked": True})
    await store.save_invites(tenure, {"i2": FOR_EVER})
    await store.save_let_in(tenure, {"cat": 1})
    assert await store.load_room(room_id) is None
    assert (await store.load_visit(room_id, "bob")).let_in is None
    assert (await store.load_visit(room_id, "cat")).let_in is None


async def test_a_user_who_is_forgotten_stands_in_no_invite_and_in_no_list(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "bob")
    await store.save_invites(Tenure(room_id), {"i1": FOR_A_DAY})
    await store.save_let_in(Tenure(room_id), {"ann": 1, "bob": 1})
    await store.forget_user("ann")
    assert (await room(store, room_id)).invites["i1"].made_by is None
    assert (await store.load_visit(room_id, "ann")).let_in is None
    assert (await store.load_visit(room_id, "bob")).let_in == 1
