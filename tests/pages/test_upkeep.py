import unicodedata

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tests.pages.app_under_test import NOWHERE, make_parts
from xr.pages.services import services
from xr.pages.upkeep import remove_room, remove_unentered_rooms, room_name
from xr.store.memory import MemoryStore
from xr.store.protocol import NAME_LIMIT, tidy_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Hall", "Hall"),
        ("  Hall \n", "Hall"),
        ("<b>&amp;", "<b>&amp;"),
        ("Café", "Caf\u00e9"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("غرفة", "غرفة"),
        ("?", "?"),
        ("x" * 80, "x" * 80),
        ("🎈" * 80, "🎈" * 80),
    ],
)
def test_a_name_is_taken_as_it_was_typed(typed: str, name: str) -> None:
    assert room_name(typed) == name


@pytest.mark.parametrize("typed", ["", " ", "\t\n", "\u200b", "\u2060\u200d", "\u0301"])
def test_a_name_that_shows_nothing_is_none(typed: str) -> None:
    with pytest.raises(ValueError, match="needs a name"):
        room_name(typed)


@pytest.mark.parametrize(
    "typed", ["a\nb", "a\x00b", "a\x1b[31m", "a\x7f", "a\u202eb", "a\u2066b", "a\u2028b", "a\ue000"]
)
def test_control_characters_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        room_name(typed)


def test_a_name_that_is_too_long_says_by_how_much() -> None:
    with pytest.raises(ValueError, match="at most 80 characters; this one has 81"):
        room_name("x" * 81)


@given(st.text(max_size=100))
def test_what_passes_is_fit_for_the_store(typed: str) -> None:
    try:
        name = room_name(typed)
    except ValueError:
        return
    assert 0 < len(name) <= NAME_LIMIT
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert room_name(name) == name
    assert tidy_name(name)


async def test_a_deletion_ends_even_if_who_asked_is_gone(
    autojump_clock: trio.testing.MockClock,
) -> None:
    closed = []

    async def close_slowly(room_id: str) -> None:
        await trio.sleep(3)
        closed.append(room_id)

    parts = make_parts(close_room=close_slowly)
    room_id = await parts.store.create_room("Hall", {})
    async with parts.app.app_context():
        with trio.move_on_after(1) as scope:
            await remove_room(services(), room_id)
    assert scope.cancel_called
    assert closed == [room_id]


async def test_a_room_that_does_not_close_is_waited_for_only_so_long(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def never(_: str) -> None:
        await trio.sleep_forever()

    parts = make_parts(close_room=never)
    room_id = await parts.store.create_room("Hall", {})
    async with parts.app.app_context():
        assert await remove_room(services(), room_id)
    assert trio.current_time() == pytest.approx(10)
    assert "room.stuck" in caplog.text
    assert await parts.store.load_room(room_id) is None


async def test_a_room_that_is_not_there_is_not_closed() -> None:
    parts = make_parts(store=MemoryStore(), web=NOWHERE)
    async with parts.app.app_context():
        assert not await remove_room(services(), "nothing")
    assert parts.server.closed == []


async def test_rooms_that_nobody_entered_are_deleted_and_closed_but_not_open_ones() -> None:
    now = 1_800_000_000.0
    parts = make_parts(store=MemoryStore(lambda: now))
    open_one, empty = [await parts.store.create_room("x", {}, "ann") for _ in range(2)]
    parts.server.present = {open_one: 0}
    now += 86_400
    assert await remove_unentered_rooms(parts.services, 86_401) == 0
    assert await remove_unentered_rooms(parts.services, 86_400, by_visitors=True) == 1
    assert parts.server.closed == [empty]
    assert [room.room_id for room in await parts.store.list_rooms()] == [open_one]
