"""The contract of a store: lines of chat (``rooms.protocols.ChatStore``)."""

from collections.abc import Mapping

import pytest

from tests.clock import Clock
from xr.rooms.protocols import Line
from xr.rooms.tenure import Tenure
from xr.store.protocol import Store

HELLO = Line("ann", "Ann Ω", "Hello\n☕ <b>", 1_000)
YES = Line("bob", "Bob", "Yes", 2_000)


async def lines(store: Store, room_id: str) -> Mapping[str, Line]:
    room = await store.load_room(room_id)
    assert room is not None
    return room.lines


async def test_lines_come_back_the_oldest_first(store: Store) -> None:
    hall, attic = [await store.create_room(name, {}) for name in ("Hall", "Attic")]
    await store.save_chat(Tenure(hall), {"z": YES, "y": HELLO})
    assert list((await lines(store, hall)).items()) == [("y", HELLO), ("z", YES)]
    assert await lines(store, attic) == {}


async def test_the_lines_of_a_room_replace_all_that_it_had(store: Store) -> None:
    hall, attic = [await store.create_room(name, {}) for name in ("Hall", "Attic")]
    await store.save_chat(Tenure(attic), {"c": HELLO})
    await store.save_chat(Tenure(hall), {"a": HELLO, "b": YES})
    await store.save_chat(Tenure(hall), {"b": YES, "c": HELLO})
    assert await lines(store, hall) == {"b": YES, "c": HELLO}
    await store.save_chat(Tenure(hall), {})
    assert await lines(store, hall) == {}
    assert await lines(store, attic) == {"c": HELLO}


async def test_a_room_that_is_gone_takes_no_lines(store: Store) -> None:
    room_id = await store.create_room("Hall", {})
    await store.save_chat(Tenure(room_id), {"a": HELLO})
    await store.delete_room(room_id)
    await store.save_chat(Tenure(room_id), {"b": YES})
    assert await store.load_room(room_id) is None


@pytest.mark.parametrize(("room_only", "left"), [(True, {"a", "b"}), (False, {"b"})])
async def test_to_forget_a_user_deletes_their_lines_in_all_rooms(
    store: Store, room_only: bool, left: set[str]
) -> None:
    rooms = [await store.create_room(name, {}) for name in ("Hall", "Attic")]
    for room_id in rooms:
        await store.save_chat(Tenure(room_id), {"a": HELLO, "b": YES})
    await (store.forget_pose("ann", rooms[0]) if room_only else store.forget_user("ann"))
    assert [set(await lines(store, room_id)) for room_id in rooms] == [left, left]


async def test_lines_go_by_their_age(store: Store, clock: Clock) -> None:
    room_id = await store.create_room("Hall", {})
    clock.time = 10.0
    await store.save_chat(Tenure(room_id), {"a": HELLO, "b": YES})
    assert await store.forget_chat_older_than(9.0) == 0
    assert await store.forget_chat_older_than(8.5) == 1
    assert await lines(store, room_id) == {"b": YES}
    assert await store.forget_chat_older_than(0) == 1
