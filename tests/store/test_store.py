"""What every store does: each test runs with the memory twin and with SQLite."""

import math

import pytest

from tests.store.examples import (
    ENTITIES,
    KNEELING,
    POINTING,
    STANDING,
    WAVING,
    Clock,
    crowd,
)
from xr.errors import RequestRefused, StoreError
from xr.names import NAME_LIMIT
from xr.pose import Placement, Pose
from xr.roles import Role
from xr.rooms.protocols import RoomRecord, Visit
from xr.rooms.tenure import Tenure
from xr.store.protocol import SEEN_STEP, RoomsFull, RoomSummary, Store, UserSummary

NAN = float("nan")
INFINITY = float("inf")


async def maker_of(store: Store, room_id: str) -> str | None:
    """The user who made a room."""
    return {room.room_id: room.made_by for room in await store.list_rooms()}.get(room_id)


async def test_a_room_has_a_maker_until_that_is_forgotten(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    other = await store.create_room("Attic", {}, "bob")
    nobodys = await store.create_room("Cellar", {})
    rooms = {room.room_id: room.made_by for room in await store.list_rooms()}
    assert rooms == {room_id: "ann", other: "bob", nobodys: None}
    assert [await maker_of(store, each) for each in (room_id, nobodys, "?")] == ["ann", None, None]
    await store.forget_poses("ann", room_id)
    assert await maker_of(store, room_id) == "ann"
    await store.forget_poses("ann")
    assert await maker_of(store, room_id) is None
    assert await maker_of(store, other) == "bob"


async def test_a_visit_is_the_pose_and_the_role_in_one(store: Store) -> None:
    room_id = await store.create_room("Hall", {}, "ann")
    assert await store.load_visit(room_id, "ann") == Visit(None, Role.OWNER)
    await store.save_poses(Tenure(room_id), {"ann": STANDING, "bob": KNEELING})
    assert await store.load_visit(room_id, "ann") == Visit(STANDING, Role.OWNER)
    assert await store.load_visit(room_id, "bob") == Visit(KNEELING, Role.GUEST)
    assert await store.load_visit(room_id, "cat") == Visit(None, Role.GUEST)
    assert await store.load_visit("nowhere", "ann") == Visit(None, Role.GUEST)
    await store.forget_poses("ann")
    assert await store.load_visit(room_id, "ann") == Visit(None, Role.GUEST)


async def test_no_more_rooms_are_made_than_there_may_be(store: Store) -> None:
    for name in ("Hall", "Attic"):
        await store.create_room(name, {}, None, 2)
    with pytest.raises(RoomsFull, match="keeps 2 rooms at most"):
        await store.create_room("Cellar", {}, None, 2)
    assert len(await store.list_rooms()) == 2
    await store.create_room("Cellar", {})


async def test_a_room_comes_back_as_it_was_made(store: Store) -> None:
    room_id = await store.create_room("Tea house", ENTITIES)
    assert await store.load_room(room_id) == RoomRecord(room_id, "Tea house", ENTITIES, False)


async def test_room_ids_are_short_url_safe_and_differ(store: Store) -> None:
    ids = {await store.create_room("x", {}) for _ in range(20)}
    assert len(ids) == 20
    assert all(room_id.isalnum() and room_id.isascii() and len(room_id) == 8 for room_id in ids)


async def test_an_unknown_room_is_none_or_false_everywhere(store: Store) -> None:
    assert await store.load_room("nowhere") is None
    assert (await store.load_visit("nowhere", "ann")).pose is None
    assert await store.poses("nowhere") == {}
    assert await store.rename_room("nowhere", "somewhere") is False
    assert await store.set_always_spawn("nowhere", True) is False
    assert await store.delete_room("nowhere") is False
    assert await store.forget_poses("ann", "nowhere") == 0


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
    third = await store.create_room("third", {})
    assert await store.list_rooms() == [
        RoomSummary(third, "third", clock.time),
        RoomSummary(second, "second", clock.time - 10),
        RoomSummary(first, "first", clock.time - 10),
    ]


async def test_rename_and_always_spawn_change_one_thing(store: Store) -> None:
    room_id = await store.create_room("old", ENTITIES)
    assert await store.rename_room(room_id, "new") is True
    assert await store.set_always_spawn(room_id, True) is True
    assert await store.load_room(room_id) == RoomRecord(room_id, "new", ENTITIES, True)
    assert await store.set_always_spawn(room_id, False) is True
    assert await store.load_room(room_id) == RoomRecord(room_id, "new", ENTITIES, False)


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
    other = await store.create_room("x", {})
    await store.rename_room(other, given)
    assert [room.name for room in await store.list_rooms()] == [kept, kept]
    assert await store.load_room(room_id) == RoomRecord(room_id, kept, {})


@pytest.mark.parametrize(
    "name",
    ["", "  \n", "\x00\u200d", "a\x1b[31mc", "\ud800", "right\u202eleft", "n" * (NAME_LIMIT + 1)],
)
async def test_a_name_that_is_not_fit_is_not_kept(store: Store, name: str) -> None:
    with pytest.raises(RequestRefused, match="name"):
        await store.create_room(name, {})
    room_id = await store.create_room("x", {})
    with pytest.raises(RequestRefused, match="name"):
        await store.rename_room(room_id, name)
    assert [room.name for room in await store.list_rooms()] == ["x"]


async def test_a_room_is_given_to_somebody_who_was_in_one(store: Store) -> None:
    room_id, other = [await store.create_room("x", {}, "ann") for _ in range(2)]
    before = store.revision
    assert await store.give_room(room_id, "ben") is False
    assert await maker_of(store, room_id) == "ann"
    await store.save_poses(Tenure(other), {"ben": STANDING})
    assert await store.give_room("nowhere", "ben") is False
    assert await store.give_room(room_id, "ben") is True
    assert (await maker_of(store, room_id), await maker_of(store, other)) == ("ben", "ann")
    assert store.revision > before


async def test_users_are_listed_the_last_seen_first(store: Store, clock: Clock) -> None:
    here, there = [await store.create_room("x", {}) for _ in range(2)]
    begin = clock.time
    await store.save_poses(Tenure(here), {"ann": STANDING, "ben": STANDING})
    clock.time += SEEN_STEP
    await store.save_poses(Tenure(there), {"ben": STANDING, "cem": STANDING})
    ann, ben = UserSummary("ann", begin, begin), UserSummary("ben", begin, clock.time)
    cem = UserSummary("cem", clock.time, clock.time)
    assert await store.list_users() == [ben, cem, ann]
    assert await store.list_users(here) == [ben, ann]
    assert await store.list_users("nowhere") == []
    await store.forget_poses("ben")
    assert await store.list_users() == [cem, ann]


@pytest.mark.parametrize("pose", [STANDING, WAVING, POINTING])
async def test_a_pose_comes_back_exactly(store: Store, pose: Pose) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": pose})
    assert (await store.load_visit(room_id, "ann")).pose == pose


async def test_no_digit_of_a_pose_is_lost(store: Store) -> None:
    room_id = await store.create_room("x", {})
    pose = Pose((math.pi * 1000, 1 / 3, -1e-7), (0.1, math.sqrt(0.5), math.sqrt(0.24), 0.5))
    await store.save_poses(Tenure(room_id), {"ann": pose})
    assert (await store.load_visit(room_id, "ann")).pose == pose


async def test_a_newer_pose_replaces_the_old_with_its_hands(store: Store) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": WAVING, "ben": STANDING})
    await store.save_poses(Tenure(room_id), {"ann": KNEELING})
    assert await store.poses(room_id) == {"ann": KNEELING, "ben": STANDING}


async def test_poses_are_kept_per_room(store: Store) -> None:
    here = await store.create_room("here", {})
    there = await store.create_room("there", {})
    await store.save_poses(Tenure(here), {"ann": STANDING})
    await store.save_poses(Tenure(there), {"ann": KNEELING})
    assert (await store.load_visit(here, "ann")).pose == STANDING
    assert (await store.load_visit(there, "ann")).pose == KNEELING


async def test_saving_nothing_is_fine(store: Store) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {})
    assert await store.poses(room_id) == {}


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


GOOD = (0.0, 0.0, 0.0, 1.0)
BAD_POSES = {
    "far": Pose((10_001.0, 0.0, 0.0), GOOD),
    "deep": Pose((0.0, -10_000.5, 0.0), GOOD),
    "infinite": Pose((0.0, 0.0, INFINITY), GOOD),
    "nan": Pose((0.0, NAN, 0.0), GOOD),
    "long": Pose((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.01)),
    "turned nan": Pose((0.0, 0.0, 0.0), (NAN, 0.0, 0.0, 1.0)),
    "hand far": Pose((0.0, 0.0, 0.0), GOOD, left=Placement((0.0, 1e9, 0.0), GOOD)),
    "hand nan": Pose((0.0, 0.0, 0.0), GOOD, right=Placement((NAN, 0.0, 0.0), GOOD)),
    "hand long": Pose(
        (0.0, 0.0, 0.0), GOOD, right=Placement((0.0, 0.0, 0.0), (2.0, 0.0, 0.0, 0.0))
    ),
}


@pytest.mark.parametrize("bad", BAD_POSES.values(), ids=BAD_POSES.keys())
async def test_a_second_wall_refuses_what_is_no_pose_and_the_whole_batch(
    store: Store, bad: Pose
) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": STANDING})
    with pytest.raises(StoreError, match="a value was refused"):
        await store.save_poses(Tenure(room_id), {"ann": KNEELING, "ben": bad, "cem": KNEELING})
    assert await store.poses(room_id) == {"ann": STANDING}


async def test_forgetting_a_user_in_one_room_and_in_all(store: Store) -> None:
    rooms = [await store.create_room(name, {}) for name in "abc"]
    for room_id in rooms:
        await store.save_poses(Tenure(room_id), {"ann": STANDING, "ben": STANDING})
    assert await store.forget_poses("ann", rooms[0]) == 1
    assert (await store.load_visit(rooms[0], "ann")).pose is None
    assert (await store.load_visit(rooms[1], "ann")).pose == STANDING
    assert await store.forget_poses("ann") == 2
    assert await store.forget_poses("ann") == 0
    assert [dict(await store.poses(room_id)) for room_id in rooms] == [{"ben": STANDING}] * 3


async def test_forgetting_by_age(store: Store, clock: Clock) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": STANDING, "ben": STANDING})
    clock.time += 100
    await store.save_poses(Tenure(room_id), {"ben": KNEELING})
    assert await store.forget_older_than(100) == 0
    assert await store.forget_older_than(99) == 1
    assert await store.poses(room_id) == {"ben": KNEELING}


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
    await store.forget_poses("ann")  # it was entered all the same
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
