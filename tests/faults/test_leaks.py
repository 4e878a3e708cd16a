"""Rooms that were opened and left give everything back."""

import math
from pathlib import Path

import trio

from tests.faults.clients import OPEN, Walker, assert_no_fault, make_rooms, until
from tests.faults.figures import Figures, megabytes
from tests.serving.process import Server, launched

VISITORS = 8
GROWTH = 4_000_000  # of a process that is busy with other things, too
"""Bytes that the process may grow by after as many rooms again: an allocator's ups and downs."""


async def check_rooms(folder: Path, count: int) -> Figures:
    """``count`` rooms are opened by a visit and stop, and as many again: nothing more is taken."""
    database = folder / "xr.db"
    rooms = await make_rooms(database, 2 * count)
    with launched(folder, database=database, room_idle=0.2, **OPEN) as server:
        descriptors = server.descriptors
        await _visit_all(server, rooms[:count])
        before = await _rest(server)
        most = await _visit_all(server, rooms[count:])
        after = await _rest(server, before["tasks"])
        await until(lambda: server.descriptors <= descriptors, 5, "descriptors are given back")
        assert_no_fault(server)
    grown = after["memory"] - before["memory"]
    assert grown <= GROWTH, f"the process has grown by {grown / 1e6:.1f} MB"
    return {
        "rooms": 2 * count,
        "open at a time": int(most),
        "tasks": f"{before['tasks']:g} → {after['tasks']:g}",
        "descriptors": descriptors,
        "memory": f"{megabytes(before['memory'])} → {megabytes(after['memory'])}",
    }


async def _visit_all(server: Server, rooms: list[str]) -> float:
    """Some visitors go through all rooms, a step in each; the most rooms seen open at a time."""
    todo = list(rooms)
    most = 0.0

    async def visitor(lane: int) -> None:
        while todo:
            await _visit(Walker(server, todo.pop(), f"visitor{lane}", lane))

    async with trio.open_nursery() as nursery:
        for lane in range(VISITORS):
            nursery.start_soon(visitor, lane)
        while todo:
            most = max(most, (await server.metrics())["xr_rooms"])
            await trio.sleep(0.05)
    return most


async def _visit(walker: Walker) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(walker.visit)
        await walker.step()
        await until(lambda: walker.returned == 1, 5, "the step is seen")
        await walker.say_goodbye()


async def _rest(server: Server, most_tasks: float = math.inf) -> dict[str, float]:
    """Wait until no room is open and few tasks live; what the process holds then.

    A connection of HTTP that has just been closed may have its task for a moment longer.
    """

    async def at_rest() -> bool:
        seen = await server.metrics()
        return not seen["xr_rooms"] and seen["xr_tasks"] <= most_tasks

    await until(at_rest, 20, f"all rooms have stopped, and at most {most_tasks} tasks live")
    seen = await server.metrics()
    assert seen["xr_users"] == seen["xr_websockets"] == 0
    return {"tasks": seen["xr_tasks"], "memory": server.memory}


async def test_rooms_give_back_what_they_took(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_rooms(tmp_path, count=150)
    assert figures["rooms"] == 300
