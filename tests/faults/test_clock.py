"""The wall clock jumps by a day, forwards and back: nobody present notices."""

import json
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import trio

from tests.faults.clients import (
    OPEN,
    Walker,
    assert_no_fault,
    crowd,
    enter,
    make_rooms,
    until,
)
from tests.faults.figures import Figures, seconds
from tests.serving.process import Server, launched
from tests.serving.raw import upgrade
from xr.identity import COOKIE

HOUR = 3600.0
JUMPS = (25 * HOUR, 0.0, -25 * HOUR, 0.0)
PERIOD = 0.1
FLUSH = 0.3


async def check_clock(folder: Path) -> Figures:
    """Users walk on while the server's clock is a day ahead, right, a day behind, and right."""
    shift = folder / "shift"
    shift.write_text("0")
    database = folder / "xr.db"
    rooms = await make_rooms(database, 2)
    path = os.pathsep.join([str(Path(__file__).parent / "wall_clock"), os.getcwd()])
    with (
        patch.dict(os.environ, PYTHONPATH=path),
        launched(folder, database=database, flush_interval=FLUSH, shift=shift, **OPEN) as server,
    ):
        walkers = crowd(server, rooms, 10)
        slowest = 0.0
        async with trio.open_nursery() as nursery:
            await enter(nursery, walkers, PERIOD)
            for jump in JUMPS:
                _write(shift, jump)
                slowest = max(slowest, await _walk_on(database, walkers, jump))
                await _assert_tokens(server, good=jump == 0)
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
    return {"jumps": len(JUMPS), "a pose on disk after a jump, longest": seconds(slowest)}


def _write(shift: Path, jump: float) -> None:
    aside = shift.with_suffix(".new")
    aside.write_text(str(jump))
    aside.replace(shift)


async def _walk_on(database: Path, walkers: list[Walker], jump: float) -> float:
    """Poses sent from now on come back, and are stored with the time that the clock shows."""
    steps = {walker.user_id: len(walker.sent) + 1 for walker in walkers}
    await until(
        lambda: all(walker.returned >= steps[walker.user_id] for walker in walkers),
        2,
        "steps come back after the jump",
    )
    now = time.time() + jump
    taken = await until(
        lambda: all(abs(at - now) < 10 for at in _stamps(database)),
        2,
        "poses are stored after the jump",
    )
    assert all(walker.here for walker in walkers)
    assert not any(walker.left for walker in walkers)
    return taken


def _stamps(database: Path) -> list[float]:
    with closing(sqlite3.connect(database)) as db:
        return [at for (at,) in db.execute("SELECT updated_at FROM poses")]


async def _assert_tokens(server: Server, good: bool) -> None:
    """A token of the true time is good or not; who has the cookie gets one that is."""
    token = server.identity.sign_token("visitor")
    assert await _status(server, upgrade(token=token)) == (101 if good else 403)
    cookie = f"Cookie: {COOKIE}={server.identity.sign_cookie('visitor')}"
    async with await server.connect() as raw:
        request = ["GET /api/token HTTP/1.1", "Host: localhost", cookie, "Connection: close"]
        await raw.send("\r\n".join([*request, "", ""]).encode())
        await raw.head()
        answer = json.loads(await raw.rest())
    assert answer["user_id"] == "visitor"
    assert await _status(server, upgrade(token=answer["token"])) == 101


async def _status(server: Server, request: bytes) -> int:
    async with await server.connect() as raw:
        await raw.send(request)
        head = await raw.head()
        assert head is not None
        return head.status


async def test_a_jump_of_the_wall_clock_moves_nobody(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_clock(tmp_path)
    assert figures["jumps"] == 4
