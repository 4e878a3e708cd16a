"""The list of rooms: made once for each change, and compressed."""

import gzip
import json
import re

import pytest
import trio
from quart import Response
from trio.testing import MockClock

from tests.pages.app_under_test import BrokenStore, Parts, failing, make_parts
from xr.errors import StoreError
from xr.identity import COOKIE
from xr.pages.answers import accepts_gzip
from xr.pages.listing import LONG, PAGE, SEARCHED, STALE
from xr.rooms.tenure import Tenure
from xr.settings import Settings
from xr.store.memory import MemoryStore
from xr.store.protocol import RoomSummary


class CountingStore(MemoryStore):
    """A store that counts how often its list was read."""

    reads = 0

    async def list_rooms(self) -> list[RoomSummary]:
        self.reads += 1
        return await super().list_rooms()


UNLIMITED = Settings(page_rate=0, room_rate=0)


async def get(parts: Parts, path: str, **headers: str) -> Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await parts.app.test_client().get(path, headers=given)


async def text(response: Response) -> str:
    return (await response.get_data(as_text=False)).decode()


async def test_the_store_is_read_once_for_each_change_of_the_list() -> None:
    store = CountingStore()
    parts = make_parts(UNLIMITED, store)
    room_id = await store.create_room("Hall", {})
    for _ in range(3):
        for path in ("/", "/api/rooms", f"/rooms/{room_id}", "/rooms/nothing"):
            await get(parts, path)
    assert store.reads == 1
    await store.save_options(Tenure(room_id), {"name": "Attic"})
    for path in ("/", "/api/rooms", f"/rooms/{room_id}"):
        assert "Attic" in await text(await get(parts, path))
    assert store.reads == 2
    await store.delete_room(room_id)
    assert "Attic" not in await text(await get(parts, "/"))
    assert (await get(parts, f"/rooms/{room_id}")).status_code == 404
    assert store.reads == 3


async def test_a_crowd_that_comes_at_once_reads_the_store_once() -> None:
    store = CountingStore()
    parts = make_parts(UNLIMITED, store)
    await store.create_room("Hall", {})
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(get, parts, "/")
    assert store.reads == 1


async def test_a_list_that_was_read_is_shown_though_the_store_fails() -> None:
    store = BrokenStore(StoreError("locked"))
    parts = make_parts(UNLIMITED, store)
    store.add_room("hall", "Hall", {})
    assert (await get(parts, "/")).status_code == 200
    store.list_rooms = failing(StoreError("locked"))  # type: ignore[method-assign]
    assert (await get(parts, "/")).status_code == 200
    await store.save_options(Tenure("hall"), {"name": "Attic"})
    assert (await get(parts, "/")).status_code == 503
    assert (await get(parts, "/api/rooms")).status_code == 503


async def test_counts_are_new_in_a_short_list() -> None:
    parts = make_parts(UNLIMITED)
    room_id = await parts.store.create_room("Hall", {})
    for count in (0, 1, 3, 0):
        parts.server.present = {room_id: count}
        assert f'data-present="{count}"' in await text(await get(parts, "/"))
        assert json.loads(await text(await get(parts, "/api/rooms")))[0]["present"] == count


async def test_counts_of_a_long_list_are_a_little_old_and_its_rooms_are_not(
    autojump_clock: MockClock,
) -> None:
    parts = make_parts(UNLIMITED)
    rooms = [await parts.store.create_room(f"Room {n}", {}) for n in range(LONG)]
    await get(parts, "/")
    parts.server.present = {rooms[-1]: 7}
    assert "7 here" not in await text(await get(parts, "/"))
    await trio.sleep(STALE)
    assert "7 here" in await text(await get(parts, "/"))
    await parts.store.save_options(Tenure(rooms[-2]), {"name": "Attic"})
    assert "Attic" in await text(await get(parts, "/"))


async def test_a_maker_sees_what_others_do_not(autojump_clock: MockClock) -> None:
    parts = make_parts(UNLIMITED)
    own = await parts.store.create_room("Mine", {}, "ann")
    await parts.store.create_room("Theirs", {}, "bob")
    cookie = f"{COOKIE}={parts.identity.sign_cookie('ann')}"
    for _ in range(2):
        page = await text(await get(parts, "/", Cookie=f"other=1; {cookie}"))
        assert page.index("Mine") < page.index("Theirs")
        assert page.count("/settings") == 1
        assert f'href="/rooms/{own}/settings"' in page
        assert "/settings" not in await text(await get(parts, "/"))


@pytest.mark.parametrize("path", ["/", "/api/rooms"])
@pytest.mark.parametrize("rooms", [40, 500])
async def test_a_list_is_compressed_for_those_who_take_it(path: str, rooms: int) -> None:
    parts = make_parts(UNLIMITED)
    for number in range(rooms):
        await parts.store.create_room(f"Room {number}", {})
    plain = await get(parts, path)
    packed = await get(parts, path, Accept_Encoding="br, gzip;q=0.8")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    body, zipped = await plain.get_data(as_text=False), await packed.get_data(as_text=False)
    assert gzip.decompress(zipped) == body
    assert len(zipped) < len(body) / 3


async def test_a_page_with_a_secret_in_it_is_never_compressed() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    response = await get(parts, f"/rooms/{room_id}", Accept_Encoding="gzip")
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br, GZIP ; q=0.5", True),
        ("deflate", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip; q=0.00, br", False),
        ("x-gzip2", False),
    ],
)
def test_what_a_client_accepts_is_understood(accepted: str, taken: bool) -> None:
    assert accepts_gzip(accepted) is taken


def names(page: str) -> list[str]:
    """The names of the rooms on a page, from its top."""
    return re.findall(r'class="name"[^>]*>([^<]+)<', page)


async def test_a_list_is_paged_from_sixty_rooms_on() -> None:
    parts = make_parts(UNLIMITED)
    for number in range(PAGE):
        await parts.store.create_room(f"Room {number}", {})
    assert "Pages of the list" not in await text(await get(parts, "/"))
    own = await parts.store.create_room("Mine", {}, "ann", listed=False)
    for number in range(PAGE, 2 * PAGE + 5):
        await parts.store.create_room(f"Room {number}", {})
    every = [f"Room {number}" for number in reversed(range(2 * PAGE + 5))]
    stranger = [names(await text(await get(parts, f"/?page={n}"))) for n in (1, 2, 3)]
    assert stranger == [every[:PAGE], every[PAGE : 2 * PAGE], every[2 * PAGE :]]
    cookie = f"{COOKIE}={parts.identity.sign_cookie('ann')}"
    pages = [await text(await get(parts, f"/?page={n}", Cookie=cookie)) for n in (1, 2, 3)]
    assert [name for page in pages for name in names(page)] == ["Mine", *every]
    assert [own in page for page in pages] == [True, False, False]
    assert 'rel="next" href="/?page=2"' in pages[0]
    assert 'rel="prev" href="/?page=1"' in pages[1]
    assert 'rel="next"' not in pages[2]


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999", "1e9", "", "9" * 500])
async def test_an_odd_page_is_the_first_or_the_last(page: str) -> None:
    parts = make_parts(UNLIMITED)
    for number in range(PAGE + 1):
        await parts.store.create_room(f"Room {number}", {})
    shown = names(await text(await get(parts, f"/?page={page}")))
    assert shown in ([f"Room {PAGE - n}" for n in range(PAGE)], ["Room 0"])


async def test_a_list_is_searched_from_twelve_rooms_on() -> None:
    parts = make_parts(UNLIMITED)
    for number in range(SEARCHED - 1):
        await parts.store.create_room(f"Room {number}", {})
    assert 'role="search"' not in await text(await get(parts, "/"))
    await parts.store.create_room("Straße & Café", {})
    await parts.store.create_room("Hidden café", {}, "ann", listed=False)
    assert 'role="search"' in await text(await get(parts, "/"))
    assert names(await text(await get(parts, "/?find=STRASSE"))) == ["Straße &amp; Café"]
    cookie = f"{COOKIE}={parts.identity.sign_cookie('ann')}"
    found = names(await text(await get(parts, "/?find=caf%C3%A9", Cookie=cookie)))
    assert found == ["Hidden café", "Straße &amp; Café"]
    nothing = await text(await get(parts, "/?find=%3Cb%3E"))
    assert "No room has “&lt;b&gt;” in its name." in nothing
    assert names(nothing) == []
    assert names(await text(await get(parts, "/?find=hidden"))) == []


async def test_an_unchanged_list_is_not_sent_again() -> None:
    parts = make_parts(UNLIMITED)
    room_id = await parts.store.create_room("Hall", {})
    own = await parts.store.create_room("Mine", {}, "ann", listed=False)
    cookie = f"{COOKIE}={parts.identity.sign_cookie('ann')}"
    for headers in ({}, {"Cookie": cookie}):
        etag = (await get(parts, "/api/rooms", **headers)).headers["ETag"]
        again = await get(parts, "/api/rooms", If_None_Match=etag, **headers)
        assert again.status_code == 304
        assert await again.get_data(as_text=False) == b""
        parts.server.present = {room_id: 1, own: len(headers)}
        changed = await get(parts, "/api/rooms", If_None_Match=etag, **headers)
        assert changed.status_code == 200
        assert changed.headers["ETag"] != etag
        parts.server.present = {}
