"""The server's password, and the people who may make rooms: each route, with and without."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import trio
from quart.typing import TestClientProtocol as Client

from tests.pages.app_under_test import LOCAL, SECRET, Parts, make_parts
from xr.identity import COOKIE, ENTRY_COOKIE, Identity
from xr.pages.socket import admit
from xr.passwords import hash_password
from xr.roles import Role
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.serving.handshake import Admitted, Rejected
from xr.settings import Settings

PASSWORD = "open sesame"
GUARDED = Settings(password=PASSWORD)
HASHED = Settings(password=hash_password(PASSWORD))

OPEN = [
    "/favicon.ico",
    "/robots.txt",
    "/static/pages.css",
    "/healthz",
    "/enter",
    "/api/door",
    "/privacy",
]


@pytest.fixture
def parts() -> Parts:
    return make_parts(GUARDED)


def cookies_of(client: Client) -> dict[str, str | None]:
    assert client.cookie_jar is not None
    return {cookie.name: cookie.value for cookie in client.cookie_jar}


async def give(client: Client, password: str, **fields: str) -> Any:
    return await client.post("/enter", form={"password": password, **fields})


async def room_of(parts: Parts, name: str = "Hall") -> str:
    return await parts.store.create_room(name, {})


def routes(parts: Parts) -> Iterator[tuple[str, str]]:
    """A method and a path for each route of the app."""
    for rule in parts.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, re.sub("<.+?>", "x", rule.rule)


async def test_every_route_is_closed_but_those_that_are_known_to_be_open(parts: Parts) -> None:
    room_id = await room_of(parts)
    found = {*routes(parts)} | {("GET", f"/rooms/{room_id}"), ("GET", f"/api/rooms/{room_id}/look")}
    assert ("POST", "/rooms") in found
    assert ("GET", "/api/token") in found
    assert {method for method, _ in found} == {"GET", "POST"}
    for method, path in found:
        if path in OPEN or path.startswith(("/assets/", "/static/", "/metrics", "/admin")):
            continue
        client = parts.app.test_client()
        response = await (client.post(path) if method == "POST" else client.get(path))
        text = await response.get_data(as_text=True)
        assert response.status_code == 403, (method, path)
        assert "assword" in text, (method, path)
        assert room_id not in text.replace(f'value="/rooms/{room_id}"', ""), (method, path)
        assert COOKIE not in response.headers.get("Set-Cookie", ""), (method, path)
    assert [room.name for room in await parts.store.list_rooms()] == ["Hall"]


@pytest.mark.parametrize("path", OPEN)
async def test_these_are_open(parts: Parts, path: str) -> None:
    assert (await parts.app.test_client().get(path)).status_code == 200


@pytest.mark.parametrize("settings", [GUARDED, HASHED], ids=["plain", "hashed"])
async def test_the_right_password_is_remembered_and_leads_on(settings: Settings) -> None:
    parts = make_parts(settings)
    room_id = await room_of(parts)
    client = parts.app.test_client()
    asked = await client.get(f"/rooms/{room_id}?invite=good")
    way = f"/rooms/{room_id}?invite=good"
    assert f'value="{way}"' in await asked.get_data(as_text=True)
    response = await give(client, PASSWORD, next=way)
    assert (response.status_code, response.headers["Location"]) == (303, way)
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith(f"{ENTRY_COOKIE}=")
    assert "HttpOnly" in cookie
    assert PASSWORD not in cookie
    assert (await client.get(way)).status_code == 200
    assert (await client.get("/")).status_code == 200
    assert (await client.get("/api/rooms")).status_code == 200
    assert (await client.get("/api/token")).status_code == 200
    assert (await client.post("/rooms", form={"name": "Tea"})).status_code == 303
    assert len(await parts.store.list_rooms()) == 2


async def test_a_wrong_password_is_told_so_and_only_wrong_ones_are_limited(
    parts: Parts, autojump_clock: trio.testing.MockClock
) -> None:
    client = parts.app.test_client()
    for _ in range(7):
        assert (await give(client, PASSWORD)).status_code == 303
    for _ in range(5):
        response = await give(client, "guess", next="/rooms/x")
        assert response.status_code == 403
        text = await response.get_data(as_text=True)
        assert "not the password" in text
        assert 'value="/rooms/x"' in text
    response = await give(client, PASSWORD)
    assert response.status_code == 429
    seconds = int(response.headers["Retry-After"])
    assert parts.server.metrics.refused["password"] == 6
    await trio.sleep(seconds)
    assert (await give(client, PASSWORD)).status_code == 303


@pytest.mark.parametrize(
    "way", ["//evil.example/", "/\\evil.example", "https://evil.example", "rooms", "", "/a\r\nb: c"]
)
async def test_it_leads_to_no_other_site(parts: Parts, way: str) -> None:
    response = await give(parts.app.test_client(), PASSWORD, next=way)
    assert response.headers["Location"] == "/"


async def test_another_password_or_a_made_up_cookie_lets_nobody_in(parts: Parts) -> None:
    old = Identity(SECRET, password="another one")
    for value in (old.sign_entry(), Identity(SECRET).sign_entry(), "in", "in.x", "\u00fc"):
        headers = {"Cookie": f"{ENTRY_COOKIE}={value}"}
        assert (await parts.app.test_client().get("/", headers=headers)).status_code == 403
    good = {"Cookie": f"a=b; {ENTRY_COOKIE}={parts.identity.sign_entry()}"}
    assert (await parts.app.test_client().get("/", headers=good)).status_code == 200


def handshake(token: str) -> Any:
    return {
        "type": "websocket",
        "path": "/socket/websocket",
        "scheme": "ws",
        "query_string": f"vsn=2.0.0&user_token={token}".encode(),
        "headers": [(b"host", b"localhost")],
        "subprotocols": [],
        "client": ("192.0.2.1", 5000),
    }


async def test_a_websocket_needs_a_token_that_was_given_under_this_password(parts: Parts) -> None:
    for old in (Identity(SECRET), Identity(SECRET, password="another one")):
        assert isinstance(admit(parts.services, handshake(old.sign_token("ann"))), Rejected)
    assert isinstance(admit(parts.services, handshake(parts.identity.sign_token("ann"))), Admitted)


async def test_a_page_that_is_still_open_learns_that_it_must_be_reloaded(parts: Parts) -> None:
    client = parts.app.test_client()
    room_id = await room_of(parts)
    for headers in (
        {},
        {"Cookie": f"{COOKIE}={parts.identity.sign_cookie('ann')}"},
        {"Authorization": f"Bearer {Identity(SECRET).sign_token('ann')}"},
    ):
        answer = await (await client.get(f"/api/door?room={room_id}", headers=headers)).get_json()
        assert answer["reason"] == "token"
        assert "password" in answer["text"]
    headers = {"Authorization": f"Bearer {parts.identity.sign_token('ann')}"}
    answer = await (await client.get(f"/api/door?room={room_id}", headers=headers)).get_json()
    assert answer == {"open": True}


async def test_without_a_password_nobody_is_asked() -> None:
    parts = make_parts()
    client = parts.app.test_client()
    assert (await client.get("/")).status_code == 200
    assert (await give(client, "anything")).status_code == 403
    assert ENTRY_COOKIE not in cookies_of(client)


async def test_an_operator_needs_no_password(parts: Parts) -> None:
    response = await parts.app.test_client().get("/metrics", scope_base=LOCAL)
    assert response.status_code == 200


# The makers of rooms


async def form_and_answer(parts: Parts, user_id: str | None) -> tuple[bool, int]:
    """Whether the page has the form, and the answer to one that is sent all the same."""
    client = parts.app.test_client()
    cookie = f"{COOKIE}={parts.identity.sign_cookie(user_id)}" if user_id else "a=b"
    headers = {"Cookie": cookie}
    page = await (await client.get("/", headers=headers)).get_data(as_text=True)
    answer = await client.post("/rooms", form={"name": "Mine"}, headers=headers)
    return 'action="/rooms"' in page, answer.status_code


@pytest.mark.parametrize(
    ("makers", "stranger", "guest", "member"),
    [
        ("anyone", True, True, True),
        ("members", False, False, True),
        ("operator", False, False, False),
    ],
)
async def test_rooms_are_made_by_those_who_may(
    makers: Any, stranger: bool, guest: bool, member: bool
) -> None:
    for user_id, allowed in ((None, stranger), ("guest", guest), ("member", member)):
        parts = make_parts(Settings(makers=makers))
        room_id = await parts.store.create_room("Hall", {}, "owner")
        await give_role(parts, room_id, "member", Role.MEMBER)
        assert await form_and_answer(parts, user_id) == (allowed, 303 if allowed else 403)
        assert len(await parts.store.list_rooms()) == 1 + allowed


async def give_role(parts: Parts, room_id: str, user_id: str, role: Role) -> None:
    record = await parts.store.load_room(room_id)
    assert record is not None
    await parts.store.save_standings(Tenure(room_id), {user_id: Standing(role=role)})
