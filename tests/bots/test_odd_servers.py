"""Bots at servers that misbehave: a small one, on a real socket, says what it should not."""

import json
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

from xr.bots import bot
from xr.bots.command import Options
from xr.bots.crowd import run_bots
from xr.bots.identity import Visitor, fetch_visitor
from xr.bots.report import Report
from xr.errors import XrError

POSE = {"n": 1, "position": [0, 1.7, 0], "rotation": [0, 0, 0, 1]}
OK = ["1", "1", "room:x", "phx_reply", {"status": "ok", "response": {}}]
SNAPSHOT = ["1", None, "room:x", "user_snapshot", {"me": POSE}]


async def _visit(
    monkeypatch: pytest.MonkeyPatch, frames: Sequence[Any], code: int | None = None
) -> tuple[Report, list[str]]:
    """Send one bot to a server that answers its join with these frames, and then may close."""
    monkeypatch.setattr(bot, "fetch_visitor", lambda url, room, cookie: Visitor("me", "token"))

    async def answer(request: WebSocketRequest) -> None:
        socket = await request.accept(subprotocol="phoenix")
        assert json.loads(await socket.get_message())[3] == "phx_join"
        for frame in frames:
            await socket.send_message(frame if isinstance(frame, bytes) else json.dumps(frame))
        if code is not None:
            await socket.aclose(code, "because")
        with suppress(ConnectionClosed):
            while True:
                await socket.get_message()

    told: list[str] = []
    async with trio.open_nursery() as nursery:
        serve = partial(serve_websocket, answer, "127.0.0.1", 0, None)
        server = await nursery.start(serve)
        with trio.fail_after(20):
            url = f"http://127.0.0.1:{server.port}"
            report = await run_bots(Options("x", 1, 0.3, url=url), told.append)
        nursery.cancel_scope.cancel()
    return report, told


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        ({"not": "an array"}, "the server sent something that is no message"),
        (b"\x02\x06\x05room:xposes\x00", "the server sent poses that are none"),
        (["1", None, "room:x", "user_snapshot", {}], "a user_snapshot of another shape"),
        (["1", None, "room:x", "user_snapshot", [1]], "a user_snapshot of another shape"),
        ([None, None, "room:x", "stoc", {"event": "user_joined"}], "a stoc of another shape"),
        (["1", None, "room:x", "phx_error", {"reason": "channel_crash"}], "the room had a fault"),
        (["1", None, "room:x", "phx_close", {}], "the room was closed"),
        (
            ["1", "1", "room:x", "phx_reply", {"status": "error", "response": {"reason": "no"}}],
            "the room refused the join: no",
        ),
    ],
)
async def test_what_ends_a_bot(monkeypatch: pytest.MonkeyPatch, frame: Any, complaint: str) -> None:
    report, told = await _visit(monkeypatch, [frame])
    assert len(told) == 1
    assert complaint in told[0]
    assert report.joined == 0


async def test_a_refused_message_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = ["1", "2", "room:x", "phx_reply", {"status": "error", "response": {}}]
    report, told = await _visit(monkeypatch, [OK, SNAPSHOT, refusal])
    assert told == ["the server refused a message: no reason given"]
    assert report.joined == 1


async def test_events_that_a_bot_does_not_know_are_let_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    news = [None, None, "room:x", "weather", "rain"]
    left = [None, None, "room:x", "stoc", {"event": "user_left", "payload": {"user_id": "ann"}}]
    report, told = await _visit(monkeypatch, [OK, news, SNAPSHOT, news, left])
    assert told == []
    assert report.leaves == 1
    assert report.joined == 1


async def test_a_room_that_does_not_answer_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot, "PATIENCE", 0.1)
    report, told = await _visit(monkeypatch, [OK])
    assert told == ["the room did not answer the join within 0.1 s"]
    assert report.joined == 0


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        (1000, "the server sent the bot away: because"),
        (1008, "the server took the bot for abuse: because"),
        (1013, "the bot was too slow for the server: because"),
        (4000, "the connection was closed with 4000: because"),
    ],
)
async def test_why_a_connection_was_closed(
    monkeypatch: pytest.MonkeyPatch, code: int, complaint: str
) -> None:
    _, told = await _visit(monkeypatch, [OK, SNAPSHOT], code)
    assert told == [complaint]


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(503, "Tea break")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_page_that_is_refused_is_said_so() -> None:
    with HTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(XrError, match="the room's page is refused: HTTP 503 Tea break"):
            fetch_visitor(f"http://127.0.0.1:{server.server_port}", "x", "")
        thread.join()
