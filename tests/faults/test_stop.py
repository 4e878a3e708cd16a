"""SIGTERM under load: everybody is told, every accepted pose is on disk, and the end comes soon."""

from contextlib import suppress
from pathlib import Path

import trio

from tests.faults.clients import OPEN, Walker, crowd, enter, make_rooms, stored, until
from tests.faults.figures import Figures, seconds
from tests.faults.proxy import proxied
from tests.faults.test_disk import locked
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


async def check_stop_while_locked(folder: Path) -> Figures:
    """The database is locked when the server is told to stop: it waits, and says what it lost."""
    database = folder / "xr.db"
    rooms = await make_rooms(database, 5)
    figures: dict[str, int | str] = {}
    for name, lock_for, code in (("for a second", 1.0, 0), ("for good", 2 * WITHIN, 1)):
        run = folder / name
        run.mkdir()
        with launched(run, database=database, flush_interval=FLUSH, **OPEN) as server:
            walkers = crowd(server, rooms, 2, first=1 + len(figures) * 10)
            taken = await _stop_while_locked(server, walkers, lock_for, code)
            assert taken < WITHIN, f"the end took {taken:.1f} s"
            lost = f"{len(walkers)} poses could not be written" in server.log
            assert lost == (code != 0), server.log
        stored_now = stored(database).keys()
        kept = [walker for walker in walkers if (walker.room_id, walker.user_id) in stored_now]
        assert len(kept) == (0 if lost else len(walkers))
        figures[f"locked {name}"] = f"exit code {code} after {taken:.2f} s"
    return figures


async def _stop_while_locked(
    server: Server, walkers: list[Walker], lock_for: float, code: int
) -> float:
    async with trio.open_nursery() as nursery:
        await enter(nursery, walkers, PERIOD)
        with locked(server.database):
            told = trio.current_time()
            server.terminate()
            with suppress(trio.TooSlowError):
                await server.exit_code(lock_for)
        assert await server.exit_code(WITHIN) == code
        nursery.cancel_scope.cancel()
    return trio.current_time() - told


async def test_a_clean_stop_loses_nothing(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_clean_stop(tmp_path, rounds=1)
    assert figures["stops"] == 1


async def test_a_stop_while_locked_waits_and_says_what_it_lost(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_stop_while_locked(tmp_path)
    assert len(figures) == 2
