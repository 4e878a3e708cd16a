"""The preview of a link to a room: its name, and a picture that shows no room's very own inside."""

from pathlib import Path

import pytest

import xr.pages
from tests.pages.app_under_test import LOCAL, Parts, make_parts
from tests.pages.test_rooms import Page
from xr.rooms.options import Options
from xr.rooms.tenure import Tenure
from xr.settings import Settings
from xr.store.furniture import KINDS

STATIC = Path(xr.pages.__file__).parent / "static"


async def picture_of(parts: Parts, room_id: str) -> str:
    client = parts.app.test_client()
    answer = await client.get(f"/rooms/{room_id}", scope_base=LOCAL)
    page = Page(await answer.get_data(as_text=True))
    (found,) = page.all("meta", property="og:image")
    address = str(found["content"])
    assert address.startswith("http://localhost/static/")
    return address.removeprefix("http://localhost/static/")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_listed_room_shows_a_picture_of_its_kind(kind: str) -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {"spawn": {"room_kind": kind}})
    name = await picture_of(parts, room_id)
    assert name == f"kinds/{kind}.jpg"
    picture = (STATIC / name).read_bytes()
    assert picture.startswith(b"\xff\xd8\xff")
    assert len(picture) <= 40 * 1024
    answer = await parts.app.test_client().get(f"/static/{name}", scope_base=LOCAL)
    assert answer.mimetype == "image/jpeg"


async def test_a_room_of_no_kind_is_shown_as_it_is_drawn() -> None:
    parts = make_parts()
    rooms = [
        await parts.store.create_room("Hall", entities)
        for entities in ({}, {"spawn": {"room_kind": "../../etc"}})
    ]
    assert [await picture_of(parts, each) for each in rooms] == ["kinds/plaza.jpg"] * 2


@pytest.mark.parametrize("change", [{"listed": False}, {"locked": True}, {"password": "hash"}])
async def test_the_inside_of_a_room_that_is_not_for_all_is_not_shown(
    change: dict[str, object],
) -> None:
    parts = make_parts()
    entities = {"spawn": {"room_kind": "night"}}
    stored, opened = [await parts.store.create_room("Hall", entities) for _ in range(2)]
    await parts.store.save_options(Tenure(stored), change)
    options = Options("Hall", **{"listed": True, **change})  # type: ignore[arg-type]
    parts.server.options[opened] = options  # not written yet
    for room_id in (stored, opened):
        assert await picture_of(parts, room_id) == "icon-512.png"


async def test_a_preview_has_the_address_that_browsers_show() -> None:
    parts = make_parts(Settings(public_url="https://rooms.example/xr"))
    room_id = await parts.store.create_room("A <b>room</b>", {"spawn": {"room_kind": "hall"}})
    answer = await parts.app.test_client().get(f"/rooms/{room_id}", scope_base=LOCAL)
    page = Page(await answer.get_data(as_text=True))
    found = {each["property"]: each["content"] for each in page.all("meta") if "property" in each}
    assert found["og:title"] == "A <b>room</b>"
    assert found["og:url"] == f"https://rooms.example/xr/rooms/{room_id}"
    assert found["og:image"] == "https://rooms.example/xr/static/kinds/hall.jpg"
