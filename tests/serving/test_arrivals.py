"""Handshakes that have come whole when they are accepted, over real sockets and without a task."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypercorn.config import Config
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState

from tests.serving.client_frames import TEXT, client_frame
from xr.metrics import Metrics
from xr.serving.arrivals import Arrivals, Ends
from xr.serving.handshake import Admitted, Rejected
from xr.serving.http import PlainHttp
from xr.serving.protocols import Reply
from xr.serving.reader import Reader

ASK = (
    b"GET /socket/websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Entrance:
    """Arrivals, and both ends of a connection that has just been accepted."""

    def __init__(self, listener: socket.socket) -> None:
        self.metrics = Metrics()
        self.reader = Reader(self.metrics)
        self.messages: list[bytes] = []
        self.address = ""
        self.decision: Admitted | Rejected = Admitted(lambda carrier: carrier.serve(self))
        self.arrivals = Arrivals(self.http, self.admit, self.reader, self.metrics)
        self.peer = socket.create_connection(listener.getsockname(), timeout=5)
        self.plain, _ = listener.accept()
        self.plain.setblocking(False)

    def http(self, ends: Ends) -> PlainHttp:
        its: Any = None
        state = ConnectionState({})
        at_once = {"/page": Reply(200, [(b"content-length", b"4")], b"page")}.get
        return PlainHttp(
            *(its, Config(), WorkerContext(None), its, state, False, *ends, its),
            at_once=lambda scope: at_once(scope["path"]),
        )

    def admit(self, scope: Any) -> Admitted | Rejected:
        self.address = scope["client"][0]
        return self.decision

    def send(self, data: bytes) -> None:
        """Send, and wait until it has come."""
        self.peer.sendall(data)
        self.plain.settimeout(5)
        assert self.plain.recv(len(data), socket.MSG_PEEK | socket.MSG_WAITALL) == data
        self.plain.setblocking(False)

    # The handler of a websocket.

    def receive(self, kind: int, data: bytes) -> None:
        self.messages.append(data)

    def set_silent(self, *, silent: bool) -> None: ...

    def backlog_sent(self) -> None: ...

    def held_back(self, since: float, now: float) -> None: ...

    def closed(self, code: int, reason: str) -> None: ...


@pytest.fixture
async def entrance() -> AsyncIterator[Entrance]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Entrance(listener)
    yield made
    for connection in made.reader.connections():
        connection.lost()
    made.peer.close()
    made.plain.close()


async def test_a_whole_handshake_is_answered_at_once(entrance: Entrance) -> None:
    entrance.send(ASK + client_frame(TEXT, b"early"))
    assert entrance.arrivals.answer(entrance.plain)
    assert entrance.peer.recv(4096).startswith(b"HTTP/1.1 101 ")
    assert entrance.address == "127.0.0.1"
    assert entrance.messages == [b"early"]
    assert len(entrance.reader.connections()) == 1
    entrance.peer.sendall(client_frame(TEXT, b"later"))
    while entrance.messages == [b"early"]:
        entrance.reader.sweep()
    assert entrance.messages == [b"early", b"later"]


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [(ASK, 403, "why"), (ASK.replace(b": 13", b": 8"), 400, "bad handshake")],
    ids=["refused", "bad"],
)
async def test_a_refusal_is_counted_and_ends_the_connection(
    entrance: Entrance, data: bytes, status: int, reason: str
) -> None:
    entrance.decision = Rejected(403, "why", "no")
    entrance.send(data)
    assert entrance.arrivals.answer(entrance.plain)
    answer = b"".join(iter(lambda: entrance.peer.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert entrance.metrics.refused == {reason: 1}
    assert entrance.reader.connections() == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ASK[:-1],
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\n\r\n",
        ASK.replace(b"Host", b"H st"),
        ASK[:-2] + b"Content-Length: 2\r\n\r\nhi",
    ],
    ids=["nothing", "half", "page", "another upgrade", "no HTTP", "with a body"],
)
async def test_all_else_is_left_to_be_read(entrance: Entrance, data: bytes) -> None:
    if data:
        entrance.send(data)
    assert not entrance.arrivals.answer(entrance.plain)
    assert entrance.metrics.connection_faults == 0
    if data:
        assert entrance.plain.recv(4096) == data


ASK_PAGE = b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def test_a_page_at_hand_is_answered_and_the_connection_goes_on(entrance: Entrance) -> None:
    entrance.send(ASK_PAGE + b"GET /next")
    assert not entrance.arrivals.answer(entrance.plain)
    answer = entrance.peer.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"page")
    assert entrance.plain.recv(4096) == b"GET /next"


@pytest.mark.parametrize(
    "data",
    [
        ASK_PAGE[:-2] + b"Connection: close\r\n\r\n",
        b"GET /page HTTP/1.0\r\n\r\n",
    ],
    ids=["asked for", "HTTP/1.0"],
)
async def test_a_page_at_hand_may_be_all_that_is_wanted(entrance: Entrance, data: bytes) -> None:
    entrance.send(data)
    assert entrance.arrivals.answer(entrance.plain)
    answer = b"".join(iter(lambda: entrance.peer.recv(4096), b""))
    assert b"connection: close" in answer.lower()
    assert answer.endswith(b"page")
    assert entrance.metrics.connection_faults == 0


@pytest.mark.parametrize(
    "data",
    [
        ASK_PAGE.replace(b"GET", b"HEAD"),
        ASK_PAGE.replace(b"GET", b"POST"),
        ASK_PAGE[:-2] + b"Content-Length: 2\r\n\r\nhi",
    ],
    ids=["HEAD", "POST", "with a body"],
)
async def test_only_a_plain_request_is_answered_at_once(entrance: Entrance, data: bytes) -> None:
    entrance.send(data)
    assert not entrance.arrivals.answer(entrance.plain)
    assert entrance.plain.recv(4096) == data


async def test_a_fault_ends_that_connection_alone(
    entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no more sockets can be watched")

    monkeypatch.setattr(entrance.reader, "add", fail)
    entrance.send(ASK)
    assert entrance.arrivals.answer(entrance.plain)
    assert entrance.plain.fileno() == -1
    assert entrance.metrics.connection_faults == 1
