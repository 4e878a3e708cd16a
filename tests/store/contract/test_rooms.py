"""The contract of a store: rooms (``Rooms``, ``RoomStore.load_room``) and ``Checks``."""

import pytest

from tests.clock import Clock
from tests.store.examples import ENTITIES, STANDING, crowd
from xr.errors import RequestRefused
from xr.names import NAME_LIMIT
from xr.roles import Role
from xr.rooms.invites import Invite
from xr.rooms.options import Options
from xr.rooms.protocols import Line, RoomRecord
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.store.protocol import RoomsFull, RoomSummary, Store


async def makers(store: Store) -> dict[str, str | None]:
    """The maker of each room."""
    return {room.room_id: room.made_by for room in await store.list_rooms()}


async def test_a_room_has_a_maker_until_that_is_forgotten(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    other = await store.create_room("Attic", {}, "bob")
    nobodys = await store.create_room("Cellar", {})
    assert await makers(store) == {room_id: "ann", other: "bob", nobodys: None}
    await store.forget_pose("ann", room_id)
    assert await makers(store) == {room_id: "ann", other: "bob", nobodys: None}
    await store.forget_user("ann")
    assert await makers(store) == {room_id: None, other: "bob", nobodys: None}


async def test_no_more_rooms_are_made_than_there_may_be(store: Store) -> None:
    for name in ("Hall", "Attic"):
        await store.create_room(name, {}, None, 2)
    with pytest.raises(RoomsFull, match="keeps 2 rooms at most"):
        await store.create_room("Cellar", {}, None, 2)
    assert len(await store.list_rooms()) == 2
    await store.create_room("Cellar", {})


async def test_a_room_comes_back_as_it_was_made(store: Store) -> None:
    room_id = await store.create_room("Tea house", ENTITIES)
    assert await store.load_room(room_id) == RoomRecord(room_id, Options("Tea house"), ENTITIES)


async def test_a_room_of_another_place_comes_with_all_of_it(store: Store) -> None:
    options = Options("Tea house", listed=False, password="a hash", password_epoch=2, capacity=7)
    invites = {"1": Invite(Role.MEMBER, "ann", 5.0, None)}
    lines = {"2": Line("ann", "Ann", "hello", 1_000)}
    record = RoomRecord(
        "tea", options, ENTITIES, {"ann": Standing(Role.MEMBER, True)}, invites, lines
    )
    revision = store.revision
    assert await store.insert_room(record, crowd(3))
    assert store.revision > revision
    assert await store.load_room("tea") == record
    assert await store.poses("tea") == crowd(3)
    assert await makers(store) == {"tea": None}
    assert await store.delete_never_entered(0) == []
    assert not await store.insert_room(record, {})
    assert await store.poses("tea") == crowd(3)


async def test_a_room_of_another_place_comes_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises(RequestRefused):
        await store.insert_room(RoomRecord("tea", Options("\u200b"), ENTITIES), crowd(3))
    assert await store.list_rooms() == []
    assert await store.load_room("tea") is None


async def test_room_ids_are_short_url_safe_and_differ(store: Store) -> None:
    ids = {await store.create_room("x", {}) for _ in range(20)}
    assert len(ids) == 20
    assert all(room_id.isalnum() and room_id.isascii() and len(room_id) == 8 for room_id in ids)


async def test_an_unknown_room_is_none_or_false_everywhere(store: Store) -> None:
    assert await store.load_room("nowhere") is None
    assert (await store.load_visit("nowhere", "ann")).pose is None
    assert await store.poses("nowhere") == {}
    assert await store.delete_room("nowhere") is False
    assert await store.forget_pose("ann", "nowhere") == 0


async def test_an_entity_without_components_leaves_no_trace(store: Store) -> None:
    room_id = await store.create_room("x", {"ghost": {}, "box": {"color": [1, 0, 0]}})
    room = await store.load_room(room_id)
    assert room is not None
    assert room.entities == {"box": {"color": [1, 0, 0]}}


async def test_rooms_are_listed_newest_first_also_within_one_instant(
    store: Store, clock: Clock
) -> None:
    first = await store.create_room("first", {})
    second = await store.create_room("second", {})
    clock.time += 10
    third = await store.create_room("third", {"spawn": {"room_kind": "night"}})
    assert await store.list_rooms() == [
        RoomSummary(third, "third", clock.time, kind="night"),
        RoomSummary(second, "second", clock.time - 10),
        RoomSummary(first, "first", clock.time - 10),
    ]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Tea house\n ", "Tea house"),
        ("👩‍👩‍👧 家", "👩‍👩‍👧 家"),
        ("n" * NAME_LIMIT, "n" * NAME_LIMIT),
        ("'; DROP TABLE rooms; --", "'; DROP TABLE rooms; --"),
    ],
)
async def test_a_name_is_kept_as_the_rule_makes_it(store: Store, given: str, kept: str) -> None:
    room_id = await store.create_room(given, {})
    assert [room.name for room in await store.list_rooms()] == [kept]
    assert await store.load_room(room_id) == RoomRecord(room_id, Options(kept), {})


@pytest.mark.parametrize(
    "name",
    ["", "  \n", "\x00\u200d", "a\x1b[31mc", "\ud800", "right\u202eleft", "n" * (NAME_LIMIT + 1)],
)
async def test_a_name_that_is_not_fit_is_not_kept(store: Store, name: str) -> None:
    with pytest.raises(RequestRefused, match="name"):
        await store.create_room(name, {})
    assert await store.list_rooms() == []


async def test_a_deleted_room_takes_everything_along_and_no_more_poses(store: Store) -> None:
    gone = await store.create_room("gone", ENTITIES)
    stays = await store.create_room("stays", ENTITIES)
    for room_id in (gone, stays):
        await store.save_poses(Tenure(room_id), {"ann": STANDING})
    assert await store.delete_room(gone) is True
    assert await store.delete_room(gone) is False
    await store.save_poses(Tenure(gone), crowd(3))
    assert await store.load_room(gone) is None
    assert await store.poses(gone) == {}
    assert await store.poses(stays) == {"ann": STANDING}
    assert [room.room_id for room in await store.list_rooms()] == [stays]


async def test_a_probe_changes_nothing(store: Store) -> None:
    room_id = await store.create_room("x", ENTITIES)
    await store.save_poses(Tenure(room_id), {"ann": STANDING})
    for _ in range(3):
        await store.check()
    assert await store.poses(room_id) == {"ann": STANDING}
    assert [room.room_id for room in await store.list_rooms()] == [room_id]


async def test_rooms_that_nobody_entered_go_by_age(store: Store, clock: Clock) -> None:
    entered, empty, spared = [await store.create_room("x", {}, "ann") for _ in range(3)]
    await store.save_poses(Tenure(entered), {"ann": STANDING})
    await store.forget_user("ann")  # it was entered all the same
    clock.time += 100
    young = await store.create_room("x", {}, "ann")
    assert await store.delete_never_entered(101) == []
    assert await store.delete_never_entered(100, [spared]) == [empty]
    assert {room.room_id for room in await store.list_rooms()} == {entered, spared, young}
    assert set(await store.delete_never_entered(0)) == {spared, young}
    assert [room.room_id for room in await store.list_rooms()] == [entered]


async def test_rooms_of_visitors_go_alone_when_asked(store: Store, clock: Clock) -> None:
    by_visitor, by_operator = (
        await store.create_room("x", {}, "ann"),
        await store.create_room("x", {}),
    )
    assert await store.delete_never_entered(0, by_visitors=True) == [by_visitor]
    assert await store.delete_never_entered(0) == [by_operator]


async def test_a_room_into_which_no_pose_was_saved_was_not_entered(store: Store) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {})
    assert await store.delete_never_entered(0) == [room_id]
