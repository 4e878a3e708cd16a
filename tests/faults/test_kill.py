"""``kill -9`` at any moment: the file is sound, and nobody is put back further than promised."""

import os
import random
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from statistics import median_low

import trio

from tests.faults.clients import (
    OPEN,
    Walker,
    assert_no_fault,
    crowd,
    enter,
    make_rooms,
    stored,
)
from tests.faults.figures import Figures, seconds
from tests.serving.process import Server, launched
from xr.pose import Vector

FLUSH = 1.0
SLACK = 1.0
RESTART = 2.0
PERIOD = 0.1


async def check_kill(folder: Path, rounds: int, seed: int = 1) -> Figures:
    """50 clients in 5 rooms walk; the server is killed and started again, ``rounds`` times."""
    rng = random.Random(seed)
    database = folder / "xr.db"
    rooms = await make_rooms(database, 5)
    walkers: list[Walker] = []
    starts, losses = [], []
    for number in range(rounds):
        run = folder / f"run{number}"
        run.mkdir()
        began = trio.current_time()
        with launched(run, database=database, flush_interval=FLUSH, **OPEN) as server:
            await server.health()
            starts.append(trio.current_time() - began)
            walkers = walkers or crowd(server, rooms, 10)
            before = stored(database)
            died = await _load_and_kill(server, walkers, rng.uniform(1.5, 4.0))
            assert_whereabouts(walkers, before)
            assert "Traceback" not in server.log, server.log
        losses += losses_after(run, database, walkers, died)
        assert_sound_without_its_end(run, database, walkers, rng)
    with launched(folder, database=database, **OPEN) as server:
        assert (await server.health())[0] == 200
        assert_no_fault(server)
    usual = median_low(starts)  # one that a busy machine held up says nothing of the server
    assert usual < RESTART, f"a restart took {usual:.2f} s"
    return {
        "kills": rounds,
        "restart to first answer, median": seconds(usual),
        "longest": seconds(max(starts)),
        "what a user lost, longest": seconds(max(losses)),
        "promised": seconds(FLUSH + SLACK),
    }


async def _load_and_kill(server: Server, walkers: list[Walker], after: float) -> float:
    """Let all walk and kill the server in the middle of it; returns when."""
    async with trio.open_nursery() as nursery:
        for walker in walkers:
            walker.server = server
        await enter(nursery, walkers, PERIOD)
        await trio.sleep(after)
        server.process.kill()
        return trio.current_time()


def assert_whereabouts(walkers: list[Walker], before: Mapping[tuple[str, str], Vector]) -> None:
    """Everybody came in where the database had them, if it had them."""
    for walker in walkers:
        known = before.get((walker.room_id, walker.user_id), walker.start)
        assert walker.place == known, f"{walker.user_id} stood at {known}, now at {walker.place}"


def losses_after(run: Path, database: Path, walkers: list[Walker], died: float) -> list[float]:
    """Look at a copy of what the kill left; how many seconds of its way each walker lost."""
    poses = sound_copy(run / "copy.db", database)
    losses = []
    for walker in walkers:
        step = walker.step_at(poses[walker.room_id, walker.user_id])
        due = walker.sent_before(died - FLUSH - SLACK)
        assert step >= due, f"{walker.user_id} is back at step {step}, {due} was due"
        lost = [at for at in walker.sent[step:] if at <= died]
        losses.append(died - lost[0] if lost else 0.0)
    return losses


def assert_sound_without_its_end(
    run: Path, database: Path, walkers: list[Walker], rng: random.Random
) -> None:
    """As after a loss of power: the log ends anywhere, and what is before that end is whole."""
    size = Path(f"{database}-wal").stat().st_size
    for number in range(5):
        poses = sound_copy(run / f"cut{number}.db", database, rng.randrange(size))
        for walker in walkers:
            place = poses.get((walker.room_id, walker.user_id))
            assert place is None or walker.step_at(place) >= 0


def sound_copy(
    copy: Path, database: Path, log_size: int | None = None
) -> Mapping[tuple[str, str], Vector]:
    """The poses in a copy of the database, whose log may be cut off, and which must be sound."""
    shutil.copyfile(database, copy)
    shutil.copyfile(f"{database}-wal", f"{copy}-wal")
    if log_size is not None:
        os.truncate(f"{copy}-wal", log_size)
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return stored(copy)


async def test_killed_under_load(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_kill(tmp_path, rounds=2)
    assert figures["kills"] == 2
