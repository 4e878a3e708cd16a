"""One address at its worst, on all the sockets that it may have; and how another room fares."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
import trio

from tests.faults.clients import assert_no_fault, make_rooms
from tests.faults.figures import Figures
from tests.faults.flooder import Order, Outcome
from tests.serving.client_frames import CONTINUATION, PING, client_frame
from tests.serving.process import Server, launched
from tests.serving.pulse import pulse
from tests.serving.raw import message
from xr.pose import Pose
from xr.wire.record import pack_push

SOCKETS = 32
ADDRESS = "127.0.0.66"
CLOSED_WITHIN = 12.0
LATE = 0.15
"""Seconds that a pose of the other room may take, at the 99th percentile."""
ARRIVE = 0.95
"""The part of the other room's poses that arrive within that time, at least."""
_POSE = pack_push(Pose((1.0, 1.7, 0.0), (0.0, 0.0, 0.0, 1.0)))


def _move(room_id: str) -> bytes:
    return message(f"room:{room_id}", "i_moved", _POSE, join_ref="join")


def _text_move(room_id: str) -> bytes:
    pose = {"position": [1.0, 1.7, 0.0], "rotation": [0.0, 0.0, 0.0, 1.0]}
    return message(f"room:{room_id}", "i_moved", pose)


def _fragments(room_id: str) -> bytes:
    """A message in 1,023 fragments, most of them of nothing."""
    whole = message("phoenix", "heartbeat", {})
    nothing = client_frame(CONTINUATION, final=False)
    return bytes([whole[0] & 0x7F]) + whole[1:] + nothing * 1021 + client_frame(CONTINUATION)


def _large(room_id: str) -> bytes:
    return message(f"room:{room_id}", "i_moved", {"position": ["x" * 60_000]})


def _error(room_id: str) -> bytes:
    return message(f"room:{room_id}", "i_moved", {"position": []}, ref="1")


def _join_and_leave(room_id: str) -> bytes:
    topic = f"room:{room_id}"
    join = message(topic, "phx_join", {}, ref="1", join_ref="join")
    return join + message(topic, "phx_leave", {}, ref="2", join_ref="join")


def _eight_rooms(room_id: str) -> bytes:
    joins = [message(f"room:{room_id}{n}", "phx_join", {}, ref="1", join_ref="1") for n in range(8)]
    return b"".join(joins)


def _ping(room_id: str) -> bytes:
    return client_frame(PING, b"x" * 125)


FLOODS: dict[str, tuple[Callable[[str], bytes], float]] = {
    "poses without end": (_move, 0.0),
    "text without end": (_text_move, 0.0),
    "fragments without end": (_fragments, 0.0),
    "60 messages in 1,023 fragments": (_fragments, 1 / 60),
    "large messages without end": (_large, 0.0),
    "three times the rate": (_text_move, 1 / 180),
}
"""By name: the unit that one socket sends over and over, and the seconds between two."""

LIMITS: dict[str, tuple[Callable[[str], bytes], float]] = {
    "poses": (_text_move, 1 / 58),
    "errors": (_error, 1 / 58),
    "joins and leaves": (_join_and_leave, 1 / 29),
    "joins of rooms that are not there": (_eight_rooms, 8 / 58),
    "pings": (_ping, 1 / 180),
}
"""The same for what the limits allow, which is not closed."""


async def check_flood(
    folder: Path,
    unit: Callable[[str], bytes],
    period: float,
    *,
    closed: bool,
    length: float,
    late: float = LATE,
    patch: str = "",
) -> Figures:
    """32 sockets of one address send all that they can; another room's poses arrive meanwhile.

    ``closed`` says whether the server must end them; ``length`` is how many seconds it is watched;
    ``late`` is how many a pose may take; ``patch`` is Python that changes the server.
    """
    theirs, ours = await make_rooms(folder / "xr.db", 2)
    with launched(folder, patch=patch, database=folder / "xr.db") as server:
        order = _order(server, theirs, unit(theirs), period)
        async with pulse(server, ours) as beat, _flooding(order) as process:
            start, began, cpu = len(beat.latencies), trio.current_time(), server.cpu
            outcome = await _outcome(process, length)
            lasted = trio.current_time() - began
            used = (server.cpu - cpu) / lasted
            waits = beat.latencies[start:] + [lasted] * len(beat.sent)
            arrived = sum(wait < late for wait in waits) / len(waits)
            p99 = beat.p99(start)
        assert_no_fault(server)
        codes = await server.metrics()
    figures = {
        "poses that arrived in time": f"{arrived:.1%}",
        "p99": f"{p99 * 1000:.0f} ms",
        "of a core": f"{used:.0%}",
        "sent by each socket": f"{outcome.units / SOCKETS / lasted:.0f} a second",
        "all closed after": f"{outcome.last:.1f} s" if closed else "never",
    }
    assert arrived >= ARRIVE, figures
    assert p99 < late, figures
    assert outcome.ended == (SOCKETS if closed else 0), figures
    assert codes.get('xr_closed_total{code="1008"}', 0) == outcome.ended, codes
    assert outcome.last < CLOSED_WITHIN, figures
    return figures


def _order(server: Server, room_id: str, unit: bytes, period: float) -> Order:
    tokens = [server.identity.sign_token(f"flood{n}") for n in range(SOCKETS)]
    return Order(server.port, ADDRESS, tokens, room_id, unit.hex(), period)


@asynccontextmanager
async def _flooding(order: Order) -> AsyncIterator[trio.Process]:
    """The flooder, once all its sockets have joined, until the end of the block."""
    command = [sys.executable, "-m", "tests.faults.flooder"]
    pipe = subprocess.PIPE
    process = await trio.lowlevel.open_process(command, stdin=pipe, stdout=pipe)
    try:
        assert process.stdin is not None
        await process.stdin.send_all(json.dumps(asdict(order)).encode() + b"\n")
        assert await _line(process) == b"ready\n"
        yield process
    finally:
        process.kill()
        with trio.move_on_after(5, shield=True):
            await process.wait()


async def _outcome(process: trio.Process, length: float) -> Outcome:
    """How it went: when all sockets were closed, or after ``length`` seconds."""
    line = b""
    with trio.move_on_after(length):
        line = await _line(process)
    assert process.stdin is not None
    await process.stdin.aclose()
    return Outcome(**json.loads(line or await _line(process)))


async def _line(process: trio.Process) -> bytes:
    assert process.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        more = await process.stdout.receive_some()
        assert more, "the flooder has failed"
        line += more
    return line


@pytest.mark.parametrize("name", ["text without end", "60 messages in 1,023 fragments"])
async def test_a_flood_is_ended_and_another_room_does_not_feel_it(
    name: str, tmp_path: Path
) -> None:
    """Shorter, and with time to spare for a busy machine."""
    unit, period = FLOODS[name]
    patch = "import xr.channels.rate_keeper as keeper; keeper.ABUSE = 2.0"
    with trio.fail_after(60):
        figures = await check_flood(
            tmp_path, unit, period, closed=True, length=CLOSED_WITHIN, late=1.0, patch=patch
        )
    assert figures["all closed after"] != "never"
