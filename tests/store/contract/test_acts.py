"""The contract of a store: acts of moderation (``ActStore``, ``Acts``)."""

from tests.clock import Clock
from xr.rooms.audit import Act
from xr.rooms.tenure import Tenure
from xr.store.protocol import Store


async def test_acts_come_back_the_newest_first_each_in_its_room(store: Store) -> None:
    hall, attic = [await store.create_room("x", {}) for _ in range(2)]
    first, second = Act(1.5, None, "ban", "bob"), Act(2.5, "ann", "kick", "cem", "minutes 10")
    await store.save_acts(Tenure(hall), {"b": first, "a": second})
    await store.save_acts(Tenure(hall), {"b": first})  # a write that is tried again
    assert await store.list_acts(hall) == [second, first]
    assert await store.list_acts(attic) == []


async def test_a_room_that_is_gone_takes_its_acts_along(store: Store) -> None:
    room_id = await store.create_room("x", {})
    act = {"a": Act(1.0, None, "ban", "bob")}
    await store.save_acts(Tenure(room_id), act)
    await store.delete_room(room_id)
    await store.save_acts(Tenure(room_id), act)
    assert await store.list_acts(room_id) == []


async def test_acts_are_forgotten_by_age(store: Store, clock: Clock) -> None:
    room_id = await store.create_room("x", {})
    old, new = Act(clock.time - 10, None, "ban", "old"), Act(clock.time - 9, None, "ban", "new")
    await store.save_acts(Tenure(room_id), {"a": old, "b": new})
    assert await store.forget_acts(9.5) == 1
    assert await store.list_acts(room_id) == [new]
