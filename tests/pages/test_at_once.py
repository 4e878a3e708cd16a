"""Pages answered before the app: which they are, and that they are the same as behind the gate."""

import re
from typing import Any, cast

import pytest

from tests.pages.app_under_test import Parts, make_parts
from xr.identity import COOKIE, ENTRY_COOKIE
from xr.pages.at_once import AtOnce
from xr.rooms.options import Options
from xr.rooms.tenure import Tenure
from xr.serving.protocols import Reply
from xr.settings import Settings

_SIGNED = re.compile(rb"[a-z0-9]{16}\.[\w.-]+|(?<=content=\")[a-z0-9]{16}(?=\")")


def scope_of(path: str, host: bytes = b"localhost", cookie: bytes = b"") -> Any:
    headers = [(b"host", host)] + ([(b"cookie", cookie)] if cookie else [])
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.1", 50000),
        "server": ("192.0.2.7", 8000),
    }


async def behind_the_gate(parts: Parts, scope: Any) -> Reply:
    """The answer of the whole app."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: Any) -> None:
        sent.append(event)

    await parts.app.asgi_app(cast("Any", dict(scope)), receive, send)
    start, body = sent
    return Reply(start["status"], list(start["headers"]), body["body"])


def unsigned(reply: Reply) -> Reply:
    """The same without user and signatures, which are others each time."""
    headers = [(name, _SIGNED.sub(b"*", value)) for name, value in reply.headers]
    return Reply(reply.status, headers, _SIGNED.sub(b"*", reply.body))


async def room_of(parts: Parts) -> str:
    room_id = await parts.store.create_room("Attic & Co", {})
    await parts.services.catalogue.rooms()  # somebody has looked at the list
    return room_id


async def test_the_password_of_the_server_is_asked_for_here_too() -> None:
    parts = make_parts(Settings(password="open sesame"))
    scope = scope_of(f"/rooms/{await room_of(parts)}")
    closed = AtOnce(parts.services)(scope)
    assert closed is not None
    assert (closed.status, b"Attic" in closed.body) == (403, False)
    cookie = f"{ENTRY_COOKIE}={parts.identity.sign_entry()}".encode()
    opened = AtOnce(parts.services)(scope_of(scope["path"], cookie=cookie))
    assert opened is not None
    assert (opened.status, b"Attic" in opened.body) == (200, True)


async def test_it_is_the_page_that_the_app_gives() -> None:
    parts = make_parts()
    scope = scope_of(f"/rooms/{await room_of(parts)}")
    reply = AtOnce(parts.services)(scope)
    assert reply is not None
    assert reply.status == 200
    assert b"Attic &amp; Co" in reply.body
    assert unsigned(reply) == unsigned(await behind_the_gate(parts, scope))


async def test_a_visitor_stays_who_they_are() -> None:
    parts = make_parts()
    path = f"/rooms/{await room_of(parts)}"
    cookie = f"{COOKIE}={parts.identity.sign_cookie('somebody')}"
    reply = AtOnce(parts.services)(scope_of(path, cookie=cookie.encode()))
    assert reply is not None
    assert b'name="user-id" content="somebody"' in reply.body


async def test_what_needs_reading_is_left_to_the_app() -> None:
    parts = make_parts()
    at_once = AtOnce(parts.services)
    room_id = await room_of(parts)
    for path in ("/", "/nothing", "/rooms/nothing", f"/rooms/{room_id}/settings", "http://["):
        assert at_once(scope_of(path)) is None
    await parts.store.create_room("Another", {})
    assert at_once(scope_of(f"/rooms/{room_id}")) is None  # the rooms have changed


async def test_a_room_that_is_closed_to_some_is_left_to_the_app() -> None:
    parts = make_parts()
    at_once = AtOnce(parts.services)
    room_id = await room_of(parts)
    parts.server.options[room_id] = Options("Vault", locked=True)
    assert at_once(scope_of(f"/rooms/{room_id}")) is None
    del parts.server.options[room_id]
    await parts.store.save_options(Tenure(room_id), {"locked": True})
    await parts.services.catalogue.rooms()
    assert at_once(scope_of(f"/rooms/{room_id}")) is None


@pytest.mark.parametrize("host", [b"evil.example", b"localhost"])
async def test_the_refusals_of_the_gate_hold(host: bytes) -> None:
    parts = make_parts(Settings(page_rate=1))
    at_once = AtOnce(parts.services)
    scope = scope_of(f"/rooms/{await room_of(parts)}", host)
    replies = [at_once(scope) for _ in range(6)]
    statuses = [reply.status for reply in replies if reply is not None]
    assert statuses == ([403] * 6 if host == b"evil.example" else [200] * 5 + [429])
    refused = await behind_the_gate(parts, scope)
    assert replies[-1] == refused  # one count for both
