"""A websocket that an ASGI server carries, by itself: its route is played by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from xr.errors import CloseCode
from xr.metrics import Metrics
from xr.pages.asgi_socket import SILENT, AsgiConnection
from xr.serving.carrier import BACKLOG, LINGER, LOST, STUCK, Carrier
from xr.serving.framing import Opcode, build_frame
from xr.serving.handshake import Admitted
from xr.wire.reasons import Reason


class Route:
    """Quart's ``websocket``, and the handler above: what they were given."""

    address = "somewhere"

    def __init__(self) -> None:
        self.sent: list[str | bytes] = []
        self.code: tuple[int, str] | None = None
        self.taking = True  # the peer reads
        self.got: list[tuple[int, bytes]] = []
        self.drains = 0
        self.ends: list[tuple[int, str]] = []
        self.held = 0
        self.fails = False
        self.arrive, self._arrived = trio.open_memory_channel[str | bytes | None](100)

    # Quart's side.

    async def accept(self, subprotocol: str | None) -> None:
        assert subprotocol == "phoenix"

    async def receive(self) -> str | bytes | None:
        return await self._arrived.receive()

    async def send(self, data: str | bytes) -> None:
        await trio.lowlevel.checkpoint()
        if not self.taking:
            await trio.sleep_forever()
        self.sent.append(data)

    async def close(self, code: int, reason: str) -> None:
        await trio.lowlevel.checkpoint()
        assert self.code is None
        self.code = (code, reason)

    # The handler.

    def receive_message(self, kind: int, data: bytes) -> None:
        if self.fails:
            raise ZeroDivisionError
        self.got.append((kind, data))

    def set_silent(self, *, silent: bool) -> None:
        raise AssertionError("nothing of pings is heard here")

    def backlog_sent(self) -> None:
        self.drains += 1

    def held_back(self, since: float, now: float) -> None:
        self.held += 1

    def closed(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))


class Handler:
    """The handler's side of a ``Route``, whose ``receive`` is another."""

    def __init__(self, route: Route) -> None:
        self.address = route.address
        self.receive = route.receive_message
        self.set_silent = route.set_silent
        self.backlog_sent = route.backlog_sent
        self.held_back = route.held_back
        self.closed = route.closed


@asynccontextmanager
async def carried(allowance: float = 1e9) -> AsyncIterator[tuple[Route, AsgiConnection]]:
    """A connection at work, until it ends or the block does, as when the server stops."""
    route, connection = Route(), AsgiConnection(Metrics())

    def connected(carrier: Carrier) -> None:
        carrier.serve(Handler(route), allowance)

    played: Any = route
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.run, played, Admitted(connected, "phoenix"))
        await trio.testing.wait_all_tasks_blocked()
        yield route, connection
        nursery.cancel_scope.cancel()


async def settle() -> None:
    await trio.testing.wait_all_tasks_blocked()


async def test_frames_become_messages_in_order(autojump_clock: MockClock) -> None:
    large = b"x" * 70_000
    async with carried() as (route, connection):
        connection.send(build_frame(Opcode.TEXT, "hé".encode()) + build_frame(Opcode.BINARY, large))
        connection.send(build_frame(Opcode.BINARY, b"y" * 200))
        assert not connection.behind
        await settle()
        assert route.sent == ["hé", large, b"y" * 200]
        assert route.drains


async def test_messages_reach_the_handler_as_bytes(autojump_clock: MockClock) -> None:
    async with carried() as (route, _):
        for data in ("hé", b"\x01", None, ""):
            await route.arrive.send(data)
        await settle()
        assert route.got == [(1, "hé".encode()), (2, b"\x01"), (2, b""), (1, b"")]


async def test_a_peer_that_takes_nothing_is_behind_and_then_closed(
    autojump_clock: MockClock,
) -> None:
    async with carried() as (route, connection):
        route.taking = False
        connection.send(build_frame(Opcode.TEXT, b"a"))
        await settle()
        assert connection.behind
        assert connection.open
        await trio.sleep(STUCK + 2)
        assert route.ends == [(CloseCode.TRY_LATER, Reason.TOO_SLOW)]


async def test_what_waits_is_bounded(autojump_clock: MockClock) -> None:
    async with carried() as (route, connection):
        route.taking = False
        frame = build_frame(Opcode.BINARY, b"x" * 1000)
        sent = 0
        while connection.open:
            connection.send(frame)
            sent += len(frame)
        assert BACKLOG < sent <= BACKLOG + len(frame)
        await settle()
        assert route.ends == [(CloseCode.TRY_LATER, Reason.TOO_SLOW)]
        connection.send(b"more")


async def test_the_last_words_come_before_the_close_frame(autojump_clock: MockClock) -> None:
    async with carried() as (route, connection):
        connection.send(build_frame(Opcode.TEXT, b"goodbye"))
        connection.close(1000, "kicked")
        assert not route.ends  # the caller may be in the middle of a change
        await settle()
        assert route.sent == ["goodbye"]
        assert route.code == (1000, "kicked")
        assert route.ends == [(1000, "kicked")]
        await route.arrive.send("late")
        await trio.sleep(LINGER + 1)
        assert route.got == []


async def test_a_client_that_sends_nothing_is_lost(autojump_clock: MockClock) -> None:
    async with carried() as (route, _):
        await trio.sleep(SILENT - 1)
        assert not route.ends
        await trio.sleep(3)
        assert route.ends == [(LOST, "")]
        assert route.code == (CloseCode.FAULT, Reason.SILENT)


async def test_over_the_allowance_reading_pauses(autojump_clock: MockClock) -> None:
    async with carried(allowance=10) as (route, _):
        for _ in range(40):
            await route.arrive.send(b"x")
        await settle()
        heard = len(route.got)
        assert heard < 40
        await trio.sleep(5)
        assert route.held
        assert len(route.got) == 40


async def test_a_fault_of_ours_ends_it_with_1011(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with carried() as (route, _):
        route.fails = True
        await route.arrive.send(b"x")
        await settle()
        assert route.code == (CloseCode.FAULT, Reason.FAULT)
    assert "connection.failed" in caplog.text


async def test_the_close_code_of_the_peer_is_told(autojump_clock: MockClock) -> None:
    async with carried() as (route, connection):
        connection.gone(1001, "")
    assert route.ends == [(1001, "")]
    assert route.code is None


async def test_cancelled_by_the_server_it_closes_with_1012(autojump_clock: MockClock) -> None:
    async with carried() as (route, _):
        pass
    assert route.ends == [(CloseCode.RESTART, Reason.RESTARTING)]
    assert route.code == (CloseCode.RESTART, Reason.RESTARTING)
