"""The operations, done to the store in memory and to the record of a server."""

from functools import partial

import pytest
import trio

from tests.pages.app_under_test import make_parts
from xr.errors import NotFound
from xr.operations.rooms import delete_rooms
from xr.store.memory import MemoryStore


async def test_a_deletion_ends_even_if_who_asked_is_gone(
    autojump_clock: trio.testing.MockClock,
) -> None:
    closed = []

    async def close_slowly(room_id: str) -> None:
        await trio.sleep(3)
        closed.append(room_id)

    parts = make_parts(close_room=close_slowly)
    room_id = await parts.store.create_room("Hall", {})
    with trio.move_on_after(1) as scope:
        await delete_rooms(parts.services, room_id)
    assert scope.cancel_called
    assert closed == [room_id]


async def test_a_room_that_does_not_close_is_waited_for_only_so_long(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def never(_: str) -> None:
        await trio.sleep_forever()

    parts = make_parts(close_room=never)
    room_id = await parts.store.create_room("Hall", {})
    await delete_rooms(parts.services, room_id)
    assert trio.current_time() == pytest.approx(10)
    assert "rooms.stuck" in caplog.text
    assert await parts.store.load_room(room_id) is None


async def test_of_many_rooms_each_has_its_time_to_close(
    autojump_clock: trio.testing.MockClock,
) -> None:
    closed = []

    async def close(room_id: str) -> None:
        await trio.sleep(1)
        closed.append(room_id)
        await parts.store.delete_room(last)  # by somebody else

    parts = make_parts(close_room=close)
    *rooms, last = [await parts.store.create_room("Hall", {}) for _ in range(15)][::-1]
    kept = await parts.store.create_room("Tea", {})
    answer = await delete_rooms(parts.services, matching="hall")
    assert answer == {"deleted": len(rooms)}
    assert closed == rooms
    assert [room.room_id for room in await parts.store.list_rooms()] == [kept]


async def test_a_room_that_is_not_there_is_not_closed() -> None:
    parts = make_parts()
    with pytest.raises(NotFound, match="no such room"):
        await delete_rooms(parts.services, "nothing")
    assert parts.server.closed == []


async def test_rooms_that_nobody_entered_are_deleted_and_closed_but_not_open_ones() -> None:
    now = 1_800_000_000.0
    parts = make_parts(store=MemoryStore(lambda: now))
    open_one, empty = [await parts.store.create_room("x", {}, "ann") for _ in range(2)]
    parts.server.present = {open_one: 0}
    now += 86_400
    clear = partial(delete_rooms, parts.services, never_entered=True, by_visitors=True)
    assert await clear(days=1.001) == {"deleted": 0}
    assert await clear(days=1) == {"deleted": 1}
    assert parts.server.closed == [empty]
    assert [room.room_id for room in await parts.store.list_rooms()] == [open_one]
