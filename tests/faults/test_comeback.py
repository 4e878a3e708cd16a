"""Everybody is dropped at once, as by a proxy that restarts, and everybody comes back at once."""

from pathlib import Path

import trio

from tests.faults.clients import (
    OPEN,
    assert_no_fault,
    crowd,
    enter,
    make_rooms,
    pose_of,
    until,
)
from tests.faults.figures import Figures, seconds
from tests.serving.process import launched
from tests.serving.raw import reset

WITHIN = 10.0
ROOMS = 10


async def check_comeback(folder: Path, users: int) -> Figures:
    """All connections are reset in one moment; all users are back soon, each in their place."""
    database = folder / "xr.db"
    rooms = await make_rooms(database, ROOMS)
    limits = {**OPEN, "max_clients": 2 * users, "grace": WITHIN}
    with launched(folder, database=database, **limits) as server:
        walkers = crowd(server, rooms, users // ROOMS)
        async with trio.open_nursery() as nursery:
            await enter(nursery, walkers)
            for walker in walkers:
                await walker.step()
            await until(lambda: all(w.returned for w in walkers), 10, "all have stepped")
            for walker in walkers:
                assert walker.raw is not None
                reset(walker.raw)
            dropped = trio.current_time()
            await until(lambda: not any(w.here for w in walkers), 5, "all are dropped")
            await enter(nursery, walkers)
            back = trio.current_time() - dropped
            for walker in walkers:
                assert walker.place == pose_of(1, walker.lane).position
                assert len(walker.present) == users // ROOMS
                assert not walker.left, "somebody was seen to leave"
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
    assert back < WITHIN, f"all were back after {back:.1f} s"
    return {"users": len(walkers), "all back after": seconds(back)}


async def test_all_dropped_at_once_are_back_soon(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_comeback(tmp_path, users=100)
    assert figures["users"] == 100
