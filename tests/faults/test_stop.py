"""SIGTERM under load: everybody is told, every accepted pose is on disk, and the end comes soon."""

from pathlib import Path

import trio

from tests.faults.clients import OPEN, Walker, crowd, enter, make_rooms, stored, until
from tests.faults.figures import Figures, seconds
from tests.faults.proxy import proxied
from tests.serving.process import Server, launched
from xr.errors import CloseCode

PERIOD = 0.05
WITHIN = 5.0
FLUSH = 60.0
SEED = 13


async def check_clean_stop(folder: Path, rounds: int) -> Figures:
    """50 walk in 5 rooms, one takes nothing any more, and the server is told to stop."""
    database = folder / "xr.db"
    rooms = await make_rooms(database, 5)
    longest = 0.0
    for number in range(rounds):
        run = folder / f"run{number}"
        run.mkdir()
        # Between the flushes lies more than the test: what is on disk came there by the stop.
        with launched(run, database=database, flush_interval=FLUSH, **OPEN) as server:
            walkers = crowd(server, rooms, 10, first=1 + 50 * number)
            longest = max(longest, await _stop_under_load(server, walkers))
            assert "Traceback" not in server.log, server.log
        poses = stored(database)
        for walker in walkers:
            step = walker.step_at(poses[walker.room_id, walker.user_id])
            assert step >= walker.returned, f"{walker.returned} was accepted, {step} is stored"
    assert longest < WITHIN, f"the end took {longest:.1f} s"
    return {"stops": rounds, "from SIGTERM to the end, longest": seconds(longest)}


async def _stop_under_load(server: Server, walkers: list[Walker]) -> float:
    """How long the server took to end; all but the deaf one were closed with 1012."""
    deaf, *others = walkers
    async with (
        proxied(server.port, SEED, buffer=4096) as proxy,
        await server.connect() as idle,
        trio.open_nursery() as nursery,
    ):
        await idle.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await enter(nursery, others, PERIOD)
        await nursery.start(deaf.visit, PERIOD, proxy.port)
        await until(lambda: all(w.returned > 5 for w in walkers), 20, "all walk")
        proxy.links[deaf.local_port].stall()
        told = trio.current_time()
        server.terminate()
        assert await server.exit_code(2 * WITHIN) == 0
        taken = trio.current_time() - told
        await until(lambda: not any(w.here for w in others), 2, "all have read to the end")
        assert {walker.code for walker in others} == {CloseCode.RESTART}
        nursery.cancel_scope.cancel()
    return taken


async def test_a_clean_stop_loses_nothing(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_clean_stop(tmp_path, rounds=1)
    assert figures["stops"] == 1
