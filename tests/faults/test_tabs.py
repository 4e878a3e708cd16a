"""A tab that is closed right after its last move: that very pose is what the user comes back to."""

from pathlib import Path

import trio

from tests.faults.clients import (
    OPEN,
    Walker,
    assert_no_fault,
    crowd,
    enter,
    make_rooms,
    pose_of,
    stored,
    until,
)
from tests.faults.figures import Figures, seconds
from tests.serving.client_frames import CLOSE, client_frame, close_payload
from tests.serving.process import launched

WITHIN = 1.0
GOODBYES = (1001, None, 1000)
"""Browsers and Phoenix's client close with these when a page goes; None is no code at all."""


async def check_closed_tabs(folder: Path, users: int) -> Figures:
    """All users of 4 rooms send a last step and close in one breath, at the same moment."""
    database = folder / "xr.db"
    rooms = await make_rooms(database, 4)
    with launched(folder, database=database, **OPEN) as server:
        walkers = crowd(server, rooms, users // 4)
        async with trio.open_nursery() as nursery:
            await enter(nursery, walkers)
            await _walk_a_little(walkers)
            gone = {walker.user_id: await _last_step(walker) for walker in walkers}
            taken = await _until_stored(database, walkers, gone)
        assert_no_fault(server)
    assert max(taken) < WITHIN, f"a last pose was stored after {max(taken):.2f} s"
    return {"users": len(walkers), "last pose on disk, longest": seconds(max(taken))}


async def _walk_a_little(walkers: list[Walker]) -> None:
    for _ in range(3):
        for walker in walkers:
            await walker.step()
    await until(lambda: all(w.returned == 3 for w in walkers), 10, "all have taken three steps")


async def _last_step(walker: Walker) -> float:
    """The last step and the close frame, in one write; returns when."""
    code = GOODBYES[walker.lane % len(GOODBYES)]
    goodbye = client_frame(CLOSE, b"" if code is None else close_payload(code))
    assert walker.raw is not None
    await walker.raw.send(walker.next_step() + goodbye)
    return trio.current_time()


async def _until_stored(
    database: Path, walkers: list[Walker], gone: dict[str, float]
) -> list[float]:
    """How long it took for each until its last step was in the database."""
    taken: dict[str, float] = {}

    def look() -> bool:
        now, poses = trio.current_time(), stored(database)
        for walker in walkers:
            last = pose_of(len(walker.sent), walker.lane).position
            if poses.get((walker.room_id, walker.user_id)) == last:
                taken.setdefault(walker.user_id, now - gone[walker.user_id])
        return len(taken) == len(walkers)

    await until(look, 10, "every last pose is stored")
    return list(taken.values())


async def test_the_last_pose_of_a_closed_tab_is_kept(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_closed_tabs(tmp_path, users=200)
    assert figures["users"] == 200
