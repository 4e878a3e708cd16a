"""The contract of a store: users, and how they are forgotten (``Users``)."""

from tests.clock import Clock
from tests.store.examples import KNEELING, STANDING
from xr.rooms.tenure import Tenure
from xr.store.protocol import SEEN_STEP, Store, UserSummary


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


async def test_the_rooms_that_a_user_has_visited(store: Store) -> None:
    rooms = [await store.create_room(name, {}, "ann") for name in "abc"]
    assert await store.visited("ann") == set()
    for room_id in rooms[:2]:
        await store.save_poses(Tenure(room_id), {"ann": STANDING})
    await store.save_poses(Tenure(rooms[2]), {"ben": STANDING})
    assert await store.visited("ann") == set(rooms[:2])
    await store.forget_poses("ann", rooms[0])
    assert await store.visited("ann") == {rooms[1]}
    await store.delete_room(rooms[1])
    assert await store.visited("ann") == set()


async def test_forgetting_by_age(store: Store, clock: Clock) -> None:
    room_id = await store.create_room("x", {})
    await store.save_poses(Tenure(room_id), {"ann": STANDING, "ben": STANDING})
    clock.time += 100
    await store.save_poses(Tenure(room_id), {"ben": KNEELING})
    assert await store.forget_older_than(100) == 0
    assert await store.forget_older_than(99) == 1
    assert await store.poses(room_id) == {"ben": KNEELING}
