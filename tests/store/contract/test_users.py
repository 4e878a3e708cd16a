"""The contract of a store: users, and how they are forgotten (``Users``)."""

from msgspec.structs import replace

from tests.clock import Clock
from tests.store.examples import KNEELING, STANDING
from xr.profile import Profile
from xr.roles import Role
from xr.rooms.invites import Invite
from xr.rooms.protocols import Line
from xr.rooms.standings import Bar, Standing
from xr.rooms.tenure import Tenure
from xr.store.protocol import SEEN_STEP, Store, UserRecord, UserSummary
from xr.wire.reasons import Reason


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
    await store.forget_user("ben")
    assert await store.list_users() == [cem, ann]


async def test_forgetting_a_user_in_one_room_and_in_all(store: Store) -> None:
    rooms = [await store.create_room(name, {}) for name in "abc"]
    for room_id in rooms:
        await store.save_poses(Tenure(room_id), {"ann": STANDING, "ben": STANDING})
    assert await store.forget_pose("ann", rooms[0]) == 1
    assert (await store.load_visit(rooms[0], "ann")).pose is None
    assert (await store.load_visit(rooms[1], "ann")).pose == STANDING
    assert await store.forget_user("ann") == 2
    assert await store.forget_user("ann") == 0
    assert [dict(await store.poses(room_id)) for room_id in rooms] == [{"ben": STANDING}] * 3


async def test_the_rooms_that_a_user_has_visited(store: Store) -> None:
    rooms = [await store.create_room(name, {}, "ann") for name in "abc"]
    assert await store.visited("ann") == set()
    for room_id in rooms[:2]:
        await store.save_poses(Tenure(room_id), {"ann": STANDING})
    await store.save_poses(Tenure(rooms[2]), {"ben": STANDING})
    assert await store.visited("ann") == set(rooms[:2])
    await store.forget_pose("ann", rooms[0])
    assert await store.visited("ann") == {rooms[1]}
    await store.delete_room(rooms[1])
    assert await store.visited("ann") == set()


async def test_all_that_is_kept_of_a_user_and_that_it_goes(store: Store, clock: Clock) -> None:
    hall, attic = [await store.create_room(name, {}, "ann") for name in ("Hall", "Attic")]
    profile = Profile("Ann", "#123456", "fox")
    line = Line("ann", "Ann", "hello", 5)
    bar = Bar(Reason.BANNED, None, ("mark",), 9.0)
    assert await store.load_user("nobody") == UserRecord()
    await store.save_poses(Tenure(hall), {"ann": STANDING, "ben": KNEELING})
    await store.save_profiles({"ann": profile})
    await store.save_standings(Tenure(attic), {"ann": Standing(Role.GUEST, True, bar)})
    await store.save_chat(Tenure(hall), {"l1": line, "l2": replace(line, user_id="ben")})
    await store.save_let_in(Tenure(attic), {"ann": 3, "ben": 3})
    invite = Invite(Role.MEMBER, "ann", 1.0)
    await store.save_invites(Tenure(hall), {"i1": invite, "i2": replace(invite, made_by="ben")})
    assert await store.load_user("ann") == UserRecord(
        UserSummary("ann", clock.time, clock.time),
        profile,
        {hall: STANDING},
        {hall: Standing(Role.OWNER), attic: Standing(Role.GUEST, True, bar)},
        {hall: [line]},
        [attic],
        {hall: ["i1"]},
    )
    await store.forget_user("ann")
    assert await store.load_user("ann") == UserRecord(
        standings={attic: Standing(Role.GUEST, True, bar)},  # nobody lifts it by being forgotten
        let_in=[],
    )
    assert (await store.load_user("ben")).poses == {hall: KNEELING}


async def test_forgetting_by_age(store: Store, clock: Clock) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": STANDING, "ben": STANDING})
    clock.time += 100
    await store.save_poses(Tenure(room_id), {"ben": KNEELING})
    assert await store.forget_older_than(100) == 0
    assert await store.forget_older_than(99) == 1
    assert await store.poses(room_id) == {"ben": KNEELING}
