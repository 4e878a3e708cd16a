"""The app under a real server, for what only real bytes show."""

import base64
import gzip
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from hypercorn.config import Config

from tests.pages.app_under_test import Parts, make_parts
from xr.metrics import Metrics
from xr.monitoring.vitals import Health
from xr.pages.at_once import AtOnce
from xr.pages.bodies import BODY_LIMIT
from xr.pages.socket import admit
from xr.serving.http_server import HttpServer
from xr.wire.reasons import Reason

DEADLINE = 10  # seconds of real time for one test


@asynccontextmanager
async def serving(parts: Parts) -> AsyncIterator[int]:
    """Serve the app on a free port of this machine."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    done = trio.Event()
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            serve = partial(HttpServer(Metrics()).serve, parts.app, partial(admit, parts.services))
            at_once = AtOnce(parts.services)
            urls = await nursery.start(serve, at_once, config, done.wait)
            yield int(urls[0].rpartition(":")[2])
            done.set()


async def exchange(port: int, request: bytes) -> bytes:
    """Send bytes and read until the server closes."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(request)
        answer = b""
        async for chunk in stream:
            answer += chunk
    return answer


def request(target: bytes, *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("target", "host", "code"),
    [
        (b"/", b"localhost", 200),
        (b"http://localhost/", b"localhost", 200),
        (b"http://[", b"localhost", 400),
        (b"http://[::1", b"localhost", 400),
        (b"*", b"localhost", 400),
        (b"evil", b"localhost", 400),
        (b"/", b"[", 400),
        (b"/", b"a..b", 400),
        (b"/", b"a b", 400),
        (b"/", b"x" * 70, 400),
        (b"/%", b"localhost", 404),
        (b"/%ff%00", b"localhost", 404),
        (b"/?%ff&\\", b"localhost", 200),
        (b"//localhost/rooms", b"localhost", 404),
    ],
)
async def test_no_target_and_no_host_makes_a_traceback(
    target: bytes, host: bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(make_parts()) as port:
        answer = await exchange(port, request(target, b"Host: " + host))
    assert status(answer) == code
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
    assert b"Traceback" not in answer


async def test_an_old_client_without_a_host_sees_the_list() -> None:
    async with serving(make_parts()) as port:
        answer = await exchange(port, b"GET / HTTP/1.0\r\n\r\n")
    assert status(answer) == 200
    assert b"Rooms" in answer


async def test_a_huge_body_is_refused_before_it_is_read() -> None:
    async with serving(make_parts()) as port:
        size = b"Content-Length: %d" % 10**9
        kind = b"Content-Type: application/x-www-form-urlencoded"
        ask = request(b"/rooms", b"Host: localhost", size, kind, method=b"POST", body=b"name=x")
        answer = await exchange(port, ask)
    assert status(answer) == 413


async def test_a_body_of_unknown_length_is_cut_off() -> None:
    async with serving(make_parts()) as port:
        kind = b"Content-Type: multipart/form-data; boundary=x"
        chunk = b"%x\r\n" % BODY_LIMIT + b"z" * BODY_LIMIT + b"\r\n"
        ask = request(
            b"/rooms",
            b"Host: localhost",
            b"Transfer-Encoding: chunked",
            kind,
            method=b"POST",
            body=chunk + chunk,
        )
        answer = await exchange(port, ask)
    assert status(answer) == 413


async def test_a_plain_request_to_the_socket_is_told_to_upgrade() -> None:
    async with serving(make_parts()) as port:
        answer = await exchange(port, request(b"/socket/websocket", b"Host: localhost"))
    assert status(answer) == 426
    assert b"\r\nupgrade: websocket\r\n" in answer.lower()


async def test_what_the_browser_has_is_not_sent_again() -> None:
    async with serving(make_parts()) as port:
        ask = request(b"/static/rooms.js", b"Host: localhost", b"Accept-Encoding: gzip")
        head, _, body = (await exchange(port, ask)).partition(b"\r\n\r\n")
        etag = next(line for line in head.split(b"\r\n") if line.startswith(b"etag: "))
        again = request(b"/static/rooms.js", b"Host: localhost", b"If-None-Match" + etag[4:])
        answer = await exchange(port, again)
    assert b"/api/rooms" in gzip.decompress(body)
    assert status(answer) == 304
    assert answer.endswith(b"\r\n\r\n")
    assert b"content-length" not in answer.lower()


async def test_health_and_a_command_from_this_machine() -> None:
    parts = make_parts()
    parts.server.health = Health("draining")
    async with serving(parts) as port:
        answer = await exchange(port, request(b"/healthz", b"Host: localhost"))
        assert status(answer) == 503
        assert b'"draining"' in answer
        token = b"Authorization: Bearer " + parts.identity.sign_admin().encode()
        ask = request(b"/admin/rooms-list", b"Host: localhost", token, method=b"POST")
        answer = await exchange(port, ask)
    assert status(answer) == 200
    assert b'"ok":true' in answer


def upgrade(path: str, *headers: bytes) -> bytes:
    lines = [
        b"GET " + path.encode() + b" HTTP/1.1",
        b"Host: localhost",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def test_a_refusal_arrives_before_the_upgrade() -> None:
    parts = make_parts()
    evil = b"Origin: http://evil.example"
    async with serving(parts) as port:
        old = await exchange(port, upgrade(parts.socket_path(vsn="3.0.0")))
        foreign = await exchange(port, upgrade(parts.socket_path(), evil))
        forged = await exchange(port, upgrade(parts.socket_path() + "x"))
        elsewhere = await exchange(port, upgrade("/nothing"))
        insane = await exchange(port, upgrade("http://["))
        parts.server.refusal = Reason.FULL
        late = await exchange(port, upgrade(parts.socket_path()))
    answers = (old, foreign, forged, elsewhere, insane, late)
    assert [status(answer) for answer in answers] == [400, 403, 403, 404, 400, 503]
    assert b"vsn must be 2.x or 1.0.0" in old
    assert b"\r\nretry-after: 5\r\n" in late
    assert b"the server is full\n" in late
    assert parts.server.connected == []


@pytest.mark.parametrize("offered", [True, False])
async def test_a_websocket_is_accepted_with_the_subprotocol_that_was_offered(offered: bool) -> None:
    parts = make_parts()
    headers = [b"Origin: http://localhost"]
    if offered:
        bearer = base64.b64encode(parts.identity.sign_token("ann").encode()).rstrip(b"=")
        protocols = b"phoenix, base64url.bearer.phx." + bearer
        path = "/socket/websocket?vsn=2.0.0"
        headers.append(b"Sec-WebSocket-Protocol: " + protocols)
    else:
        path = parts.socket_path("ann")
    async with serving(parts) as port:
        answer = await exchange(port, upgrade(path, *headers))
    assert status(answer) == 101
    assert (b"\r\nsec-websocket-protocol: phoenix\r\n" in answer.lower()) is offered
    assert parts.server.connected == [("ann", "127.0.0.1")]


async def test_pages_follow_each_other_on_one_connection() -> None:
    parts = make_parts()
    path = f"/rooms/{await parts.store.create_room('Attic', {})}".encode()
    await parts.services.catalogue.rooms()
    host = b"Host: localhost"
    ask = b"GET " + path + b" HTTP/1.1\r\n" + host + b"\r\n\r\n"
    async with serving(parts) as port:
        answer = await exchange(port, ask + ask + ask + request(b"/nothing", host))
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"200", b"200", b"404"]
    assert len(set(re.findall(rb"content-security-policy: [^\r]+", answer))) == 1
