"""Rooms that are not listed: they are shown to those who know them, and to nobody else."""

import gzip

import pytest

from tests.pages.app_under_test import Parts, make_parts
from tests.store.examples import STANDING
from xr.identity import COOKIE
from xr.roles import Role
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.settings import Settings

UNLIMITED = Settings(page_rate=0, room_rate=0)


async def get(parts: Parts, path: str, user_id: str | None, **headers: str) -> str:
    """The page as a visitor gets it; None has no cookie."""
    if user_id is not None:
        headers["Cookie"] = f"{COOKIE}={parts.identity.sign_cookie(user_id)}"
    response = await parts.app.test_client().get(path, headers=headers)
    return str(await response.get_data(as_text=True))


async def sees(parts: Parts, user_id: str | None, room_id: str) -> bool:
    """Whether the room is in the visitor's list; the page and the JSON agree."""
    page, lines = [await get(parts, path, user_id) for path in ("/", "/api/rooms")]
    assert (room_id in page) == (room_id in lines)
    return room_id in page


async def post(parts: Parts, user_id: str | None, **form: str) -> str:
    """Make a room; its id."""
    cookie = {"Cookie": f"{COOKIE}={parts.identity.sign_cookie(user_id)}"} if user_id else {}
    response = await parts.app.test_client().post("/rooms", form=form, headers=cookie)
    assert response.status_code == 303
    return (await parts.store.list_rooms())[0].room_id


@pytest.mark.parametrize(
    ("maker", "field", "listed"),
    [
        (None, None, True),
        (None, "on", True),
        (None, "off", False),
        ("ann", None, False),
        ("ann", "off", False),
        ("ann", "on", True),
        ("ann", "what", False),
    ],
)
async def test_a_new_room_is_listed_if_asked_or_if_nobody_could_find_it(
    maker: str | None, field: str | None, listed: bool
) -> None:
    parts = make_parts()
    room_id = await post(parts, maker, name="Hall", **({"listed": field} if field else {}))
    assert await sees(parts, None, room_id) is listed
    assert await sees(parts, "bob", room_id) is listed
    if maker:
        assert await sees(parts, maker, room_id)


async def test_those_who_know_a_room_find_it_in_their_list() -> None:
    parts = make_parts(UNLIMITED)
    room_id = await parts.store.create_room("Hideout", {}, "ann", listed=False)
    tenure = Tenure(room_id)
    await parts.store.save_standings(tenure, {"mia": Standing(Role.MEMBER), "mo": Standing()})
    await parts.store.save_poses(tenure, {"vic": STANDING})
    parts.server.present, parts.server.who = {room_id: 1}, {room_id: ["ian"]}
    for user_id in ("ann", "mia", "vic", "ian"):
        assert await sees(parts, user_id, room_id), user_id
    for user_id in ("mo", "stranger"):
        assert not await sees(parts, user_id, room_id), user_id
    await parts.store.save_standings(tenure, {"ann": Standing(), "zoe": Standing(Role.OWNER)})
    assert await sees(parts, "ann", room_id)  # the maker, who is its owner no more
    await parts.store.forget_pose("vic", room_id)
    assert not await sees(parts, "vic", room_id)


async def test_a_deleted_room_is_in_no_list() -> None:
    parts = make_parts(UNLIMITED)
    room_id = await parts.store.create_room("Hideout", {}, "ann", listed=False)
    await parts.store.delete_room(room_id)
    parts.server.present, parts.server.who = {room_id: 1}, {room_id: ["ann"]}
    assert not await sees(parts, "ann", room_id)


async def test_ones_rooms_stand_above_the_others_and_only_once() -> None:
    parts = make_parts(UNLIMITED)
    await parts.store.create_room("Own and listed", {}, "ann")
    await parts.store.create_room("Own", {}, "ann", listed=False)
    await parts.store.create_room("Another's", {}, "bob")
    page = await get(parts, "/", "ann")
    places = [page.index(f">{name}<") for name in ("Own", "Own and listed", "Another&#39;s")]
    assert places == sorted(places)
    assert page.count(">Own and listed<") == 1
    assert page.index("Your rooms") < places[0] < page.index("Rooms for everybody") < places[2]
    assert "Your rooms" not in await get(parts, "/", "stranger")


async def test_a_list_of_ones_own_is_never_compressed() -> None:
    parts = make_parts(UNLIMITED)
    for number in range(40):
        await parts.store.create_room(f"Room {number}", {}, "ann", listed=False)
        await parts.store.create_room(f"Listed {number}", {})
    for path in ("/", "/api/rooms"):
        client = parts.app.test_client()
        packed = await client.get(path, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(await packed.get_data(as_text=False))
        cookie = f"{COOKIE}={parts.identity.sign_cookie('ann')}"
        own = await client.get(path, headers={"Accept-Encoding": "gzip", "Cookie": cookie})
        assert "Content-Encoding" not in own.headers


@pytest.mark.parametrize("listed", [True, False])
async def test_a_stranger_cannot_tell_an_unlisted_room_from_none(listed: bool) -> None:
    parts = make_parts(UNLIMITED)
    room_id = await parts.store.create_room("Hideout", {}, "ann", listed=listed)
    code = 403 if listed else 404
    client = parts.app.test_client()
    answers = [
        await client.get(f"/rooms/{room_id}/delete"),
        await client.post(f"/rooms/{room_id}/delete"),
        await client.get(f"/rooms/{room_id}/settings"),
        await client.get(f"/rooms/{room_id}/export"),
        await client.post(f"/rooms/{room_id}/settings/lock", form={"locked": "on"}),
    ]
    assert [answer.status_code for answer in answers] == [code] * 5
    nothing = await get(parts, "/rooms/nothing/delete", None)
    assert (await get(parts, f"/rooms/{room_id}/delete", None) == nothing) is not listed
