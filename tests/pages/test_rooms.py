import re
from collections.abc import Sequence
from html.parser import HTMLParser
from http.cookiejar import Cookie
from pathlib import Path
from typing import Any

import pytest
from quart import Response
from quart.typing import TestClientProtocol as QuartClient

from tests.pages.app_under_test import BrokenStore, Parts, make_parts
from xr.identity import COOKIE, COOKIE_SECONDS
from xr.settings import Settings
from xr.store.furniture import KINDS


class Page(HTMLParser):
    """A page as a browser would see it: tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.tags
            if name == tag and wanted.items() <= attributes.items()
        ]

    def meta(self, name: str) -> str | None:
        (found,) = self.all("meta", name=name)
        return found["content"]


async def page_of(response: Response) -> Page:
    assert response.content_type == "text/html; charset=utf-8"
    return Page(await response.get_data(as_text=True))


async def post(parts: Parts, path: str, **form: str) -> Response:
    return await parts.app.test_client().post(path, form=form)


async def names(parts: Parts) -> list[str]:
    return [room.name for room in await parts.store.list_rooms()]


def cookie_of(client: Any) -> Cookie:
    (cookie,) = client.cookie_jar
    assert isinstance(cookie, Cookie)
    return cookie


async def test_a_list_without_rooms_invites_to_make_one() -> None:
    page = await page_of(await make_parts().app.test_client().get("/"))
    assert "no room here yet" in page.text
    assert page.all("form", action="/rooms", method="post")


async def test_a_room_is_made_and_stands_on_top() -> None:
    parts = make_parts()
    for name in ("First", "Second"):
        response = await post(parts, "/rooms", name=name)
        assert (response.status_code, response.headers["Location"]) == (303, "/")
    page = await page_of(await parts.app.test_client().get("/"))
    assert page.text.index("Second") < page.text.index("First")
    newest = (await parts.store.list_rooms())[0]
    room = await parts.store.load_room(newest.room_id)
    assert room is not None
    assert any("spawn_point" in components for components in room.entities.values())
    assert page.all("a", href=f"/rooms/{newest.room_id}")


@pytest.mark.parametrize("kind", ["plaza", "garden", "hall", "night", ""])
async def test_a_room_is_of_the_kind_that_was_chosen(kind: str) -> None:
    parts = make_parts()
    assert (await post(parts, "/rooms", name="Place", kind=kind)).status_code == 303
    room = await parts.store.load_room((await parts.store.list_rooms())[0].room_id)
    assert room is not None
    made = room.entities["spawn"]["room_kind"]
    assert made == kind or (kind == "" and made in KINDS)


async def test_a_kind_that_there_is_not_is_refused() -> None:
    parts = make_parts()
    response = await post(parts, "/rooms", name="Place", kind="castle")
    assert response.status_code == 400
    assert "one of the kinds plaza, garden" in (await page_of(response)).text
    assert await names(parts) == []


async def test_a_name_may_come_as_multipart() -> None:
    parts = make_parts()
    client = parts.app.test_client()
    response = await client.post("/rooms", form={"name": "Hall"}, files={})
    assert response.status_code == 303
    assert await names(parts) == ["Hall"]


@pytest.mark.parametrize("typed", ["", "  ", "x" * 81, "a\x07b"])
async def test_a_bad_name_is_shown_again_with_the_reason(typed: str) -> None:
    parts = make_parts()
    response = await post(parts, "/rooms", name=typed)
    assert response.status_code == 400
    page = await page_of(response)
    (field,) = page.all("input", id="new-name")
    assert field["value"] == typed
    assert field["aria-invalid"] == "true"
    assert page.all("p", role="alert")
    assert await names(parts) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (b"name", "application/x-www-form-urlencoded"),
        (b"other=x", "application/x-www-form-urlencoded"),
        (b'{"name": "x"}', "application/json"),
        (b"--x", "multipart/form-data"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=\xc3\xa4"),
    ],
)
async def test_a_form_without_a_name_is_a_bad_name(body: bytes, kind: str) -> None:
    client = make_parts().app.test_client()
    response = await client.post("/rooms", data=body, headers={"Content-Type": kind})
    assert response.status_code == 400
    assert "needs a name" in await response.get_data(as_text=True)


async def test_names_are_never_markup() -> None:
    parts = make_parts()
    name = "\"><script>alert('x')</script>"
    client = parts.app.test_client()
    room_id = await make(parts, client, name)
    for path in ("/", *(f"/rooms/{room_id}{end}" for end in ("", "/delete", "/settings"))):
        page = await page_of(await client.get(path))
        assert name in page.text
        assert all("src" in script for script in page.all("script"))


async def test_the_list_counts_who_is_present() -> None:
    parts = make_parts()
    full, lone, empty = [await parts.store.create_room(name, {}) for name in ("A", "B", "C")]
    parts.server.present = {full: 12, lone: 1}
    page = await page_of(await parts.app.test_client().get("/"))
    badges = [badge["data-present"] for badge in page.all("span") if "data-present" in badge]
    assert badges == ["0", "1", "12"]
    assert [item["data-room"] for item in page.all("li")] == [empty, lone, full]
    assert "12 here" in page.text
    assert "empty" in page.text


async def make(parts: Parts, client: QuartClient, name: str) -> str:
    """Make a room as somebody does in a browser; returns its id."""
    assert (await client.post("/rooms", form={"name": name})).status_code == 303
    return (await parts.store.list_rooms())[0].room_id


async def test_a_maker_finds_the_settings_of_the_room_in_the_list() -> None:
    parts = make_parts()
    client = parts.app.test_client()
    room_id = await make(parts, client, "Hall")
    page = await page_of(await client.get("/"))
    assert page.all("a", href=f"/rooms/{room_id}/settings")
    assert (
        "Settings of Hall" in (await page_of(await client.get(f"/rooms/{room_id}/settings"))).text
    )


async def test_deletion_asks_first_and_then_sends_people_away() -> None:
    parts = make_parts()
    client = parts.app.test_client()
    room_id = await make(parts, client, "Hall")
    parts.server.present = {room_id: 2}
    page = await page_of(await client.get(f"/rooms/{room_id}/delete"))
    assert "2 people are in it" in page.text
    assert page.all("form", action=f"/rooms/{room_id}/delete", method="post")
    assert await names(parts) == ["Hall"]
    response = await client.post(f"/rooms/{room_id}/delete")
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert await names(parts) == []
    assert parts.server.closed == [room_id]


@pytest.mark.parametrize("stranger", ["without a cookie", "with another one", "with a forged one"])
@pytest.mark.parametrize("made_by", ["maker", None])
async def test_nobody_else_changes_a_room(stranger: str, made_by: str | None) -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {}, made_by)
    client = parts.app.test_client()
    if stranger != "without a cookie":
        value = parts.identity.sign_cookie("stranger")
        if "forged" in stranger:
            value = value.replace("stranger", "maker")
        client.set_cookie("localhost", COOKIE, value)
    page = await page_of(await client.get("/"))
    assert not page.all("a", href=f"/rooms/{room_id}/settings")
    for answer in (
        await client.get(f"/rooms/{room_id}/delete"),
        await client.post(f"/rooms/{room_id}/delete"),
        await client.get(f"/rooms/{room_id}/export"),
        await client.get(f"/rooms/{room_id}/settings"),
        await client.post(f"/rooms/{room_id}/settings/options", form={"name": "Attic"}),
    ):
        assert answer.status_code == 403
        assert "Only " in (await page_of(answer)).text
    assert await names(parts) == ["Hall"]
    assert parts.server.closed == []


async def test_more_rooms_than_there_may_be_are_not_made() -> None:
    parts = make_parts(Settings(max_rooms=2))
    client = parts.app.test_client()
    for name in ("Hall", "Attic"):
        await make(parts, client, name)
    response = await client.post("/rooms", form={"name": "Cellar"})
    assert response.status_code == 400
    page = await page_of(response)
    assert "keeps 2 rooms at most" in page.text
    assert page.all("input", id="new-name")[0]["value"] == "Cellar"
    assert await names(parts) == ["Attic", "Hall"]


async def test_zero_is_no_limit_of_rooms() -> None:
    parts = make_parts(Settings(max_rooms=0))
    client = parts.app.test_client()
    for name in ("Hall", "Attic"):
        await make(parts, client, name)
    assert len(await names(parts)) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/rooms/nothing"),
        ("GET", "/rooms/nothing/delete"),
        ("POST", "/rooms/nothing/delete"),
        ("POST", "/rooms/nothing/settings/options"),
        ("GET", "/rooms/nothing/settings"),
        ("GET", "/rooms/nothing/export"),
        ("GET", "/rooms/%00%ff%0d%0a"),
    ],
)
async def test_an_unknown_room_is_a_404_page(method: str, path: str) -> None:
    parts = make_parts()
    client = parts.app.test_client()
    response = await (
        client.post(path, form={"name": "x"}) if method == "POST" else client.get(path)
    )
    assert response.status_code == 404
    assert "no such room" in (await page_of(response)).text
    assert parts.server.closed == []


async def test_a_room_page_carries_what_a_client_needs() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall & <Garden>", {})
    client = parts.app.test_client()
    response = await client.get(f"/rooms/{room_id}")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    page = await page_of(response)
    user_id = page.meta("user-id")
    assert user_id
    assert page.meta("room-id") == room_id
    assert page.meta("room-name") == "Hall & <Garden>"
    assert parts.identity.read_token(page.meta("user-token")) == user_id
    assert parts.identity.read_cookie(cookie_of(client).value) == user_id
    assert page.all("main", id="room")


@pytest.mark.parametrize(
    ("count", "sentence"),
    [(0, "Nobody is inside yet."), (1, "1 person is inside."), (7, "7 people are inside.")],
)
async def test_a_room_page_can_be_read_before_its_script_has_come(
    count: int, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text('{"src/app.ts": {"file": "assets/a.js"}}')
    parts = make_parts(web=tmp_path)
    room_id = await parts.store.create_room("Hall & <Garden>", {})
    parts.server.present = {room_id: count}
    page = await page_of(await parts.app.test_client().get(f"/rooms/{room_id}"))
    for text in ("Hall & <Garden>", sentence, "Loading…", "switched off in this browser"):
        assert text in page.text
    assert page.all("a", href="/")
    assert page.all("button", type="button")


async def test_a_visitor_keeps_their_identity_and_it_is_renewed() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    client = parts.app.test_client()
    first = (await page_of(await client.get(f"/rooms/{room_id}"))).meta("user-id")
    for path in (f"/rooms/{room_id}", "/"):
        response = await client.get(path)
        renewed = response.headers["Set-Cookie"]
        assert renewed.startswith("xr_user=")
        assert f"Max-Age={COOKIE_SECONDS}" in renewed
    assert (await page_of(await client.get(f"/rooms/{room_id}"))).meta("user-id") == first
    stranger = await page_of(await parts.app.test_client().get(f"/rooms/{room_id}"))
    assert stranger.meta("user-id") != first


async def test_the_list_gives_an_identity_and_keeps_it() -> None:
    parts = make_parts()
    client = parts.app.test_client()
    await client.get("/")
    first = parts.identity.read_cookie(cookie_of(client).value)
    assert first
    await client.get("/")
    assert parts.identity.read_cookie(cookie_of(client).value) == first
    assert await parts.store.list_users() == []


async def test_a_forged_cookie_is_replaced() -> None:
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    client = parts.app.test_client()
    forged = {"Cookie": "xr_user=ann.AAAAAAAAAAAAAAAAAAAAAAAAAAA"}
    page = await page_of(await client.get(f"/rooms/{room_id}", headers=forged))
    assert page.meta("user-id") != "ann"
    assert parts.identity.read_cookie(cookie_of(client).value) == page.meta("user-id")


@pytest.mark.parametrize(
    ("public_url", "scheme", "secure"),
    [
        (None, "http", False),
        (None, "https", True),
        ("https://rooms.example", "http", True),
        ("http://rooms.example", "http", False),
    ],
)
async def test_the_cookie_is_out_of_reach(
    public_url: str | None, scheme: str, secure: bool
) -> None:
    parts = make_parts(Settings(public_url=public_url))
    room_id = await parts.store.create_room("Hall", {})
    response = await parts.app.test_client().get(f"/rooms/{room_id}", scheme=scheme)
    flags = set(re.split(r";\s*", response.headers["Set-Cookie"])[1:])
    flags = {flag for flag in flags if not flag.startswith("Expires=")}  # the same, for old ones
    expected = {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={COOKIE_SECONDS}"}
    assert flags == expected | ({"Secure"} if secure else set())


async def test_reading_writes_nothing() -> None:
    writers = (
        "save_poses",
        "create_room",
        "save_options",
        "delete_room",
        "forget_user",
        "forget_pose",
    )
    parts = make_parts(store=BrokenStore(AssertionError("written"), *writers))
    parts.store.add_room("hall", "Hall", {})
    client = parts.app.test_client()
    for path in ("/", "/rooms/hall", "/api/rooms", "/api/token"):
        for _ in range(2):
            assert (await client.get(path)).status_code in (200, 403)
            assert (await client.head(path)).status_code in (200, 403)


async def test_no_log_line_tells_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    parts = make_parts()
    room_id = await parts.store.create_room("Hall", {})
    client = parts.app.test_client()
    page = await page_of(await client.get(f"/rooms/{room_id}"))
    token, cookie = page.meta("user-token"), cookie_of(client).value
    assert token
    assert cookie
    assert token not in caplog.text
    assert cookie not in caplog.text


@pytest.mark.parametrize(
    "typed", ["HALL", "hall/", "hall.", "Hall/.", "hall),", "hall%20", "hall//"]
)
async def test_an_address_survives_people(typed: str) -> None:
    parts = make_parts()
    parts.store.add_room("hall", "Hall", {})
    response = await parts.app.test_client().get(f"/rooms/{typed}")
    assert (response.status_code, response.headers["Location"]) == (308, "/rooms/hall")


@pytest.mark.parametrize("typed", ["other/", "hall/x", "halls", "hall/delete/x", "."])
async def test_an_address_that_is_merely_similar_leads_nowhere(typed: str) -> None:
    parts = make_parts()
    parts.store.add_room("hall", "Hall", {})
    assert (await parts.app.test_client().get(f"/rooms/{typed}")).status_code == 404


async def test_the_address_of_a_refused_form_leads_to_the_list() -> None:
    response = await make_parts().app.test_client().get("/rooms")
    assert (response.status_code, response.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("path", "indexed"), [("/", True), ("/privacy", True), ("/me", False), ("/no", False)]
)
async def test_only_the_list_and_the_page_about_privacy_are_indexed(
    path: str, indexed: bool
) -> None:
    page = await page_of(await make_parts().app.test_client().get(path))
    assert bool(page.all("meta", name="robots", content="noindex")) is not indexed


async def test_a_pasted_link_has_a_preview_and_is_not_indexed() -> None:
    parts = make_parts()
    parts.store.add_room("hall", 'Hall "& Garden"', {})
    page = await page_of(await parts.app.test_client().get("/rooms/hall"))
    assert page.meta("robots") == "noindex"
    assert 'Hall "& Garden"' in (page.meta("description") or "")
    (title,) = page.all("meta", property="og:title")
    assert title["content"] == 'Hall "& Garden"'
    assert page.all("meta", property="og:description")


async def test_robots_are_told_what_to_leave_alone() -> None:
    response = await make_parts().app.test_client().get("/robots.txt")
    assert response.content_type.startswith("text/plain")
    lines = (await response.get_data(as_text=True)).splitlines()
    assert "User-agent: *" in lines
    assert "Disallow: /api/" in lines
    assert "Disallow: /rooms/" not in lines  # else no preview is made
