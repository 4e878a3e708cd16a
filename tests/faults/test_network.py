"""A network that fails a user: silence, a reset in the middle of a frame, half an end, a stall."""

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
from tests.faults.proxy import Link, Proxy, proxied
from tests.serving.process import launched
from xr.serving.carrier import STUCK
from xr.serving.connection import SILENT

PERIOD = 0.05
BEAT = 1.0
SLACK = 2.0
SEED = 3


async def check_cut(folder: Path, busy: bool, grace: float = 1.0) -> Figures:
    """One user's connection falls silent without an end; after the grace the others are told.

    In a busy room what the user does not take piles up, which is noticed sooner than silence.
    """
    database = folder / "xr.db"
    rooms = await make_rooms(database, 1)
    with launched(folder, database=database, grace=grace, flush_interval=0.5, **OPEN) as server:
        observer, lost, *others = crowd(server, rooms, 12 if busy else 2)
        lost.form = "batch"
        async with proxied(server.port, SEED, buffer=4096) as proxy, trio.open_nursery() as nursery:
            await enter(nursery, [observer, *others], PERIOD if busy else 0.0)
            await nursery.start(lost.visit, 0.0, proxy.port)
            await _see_it_step(observer, lost)
            proxy.links[lost.local_port].cut()
            limit = (STUCK if busy else SILENT) + grace + BEAT + SLACK
            taken = await until(lambda: bool(observer.left), limit, "the others are told")
            assert observer.left == [lost.user_id]
            assert taken > grace
            kept = await until(lambda: _kept(database, lost), 2, "the pose is stored")
            assert observer.code is None
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
    return {"left after": seconds(taken), "of at most": seconds(limit), "stored": seconds(kept)}


async def _see_it_step(observer: Walker, walker: Walker) -> None:
    await walker.step()
    step = len(walker.sent)
    seen = observer.steps
    await until(lambda: seen.get(walker.number) == step, 5, f"{walker.user_id} is seen to step")


def _kept(database: Path, walker: Walker) -> bool:
    place = stored(database).get((walker.room_id, walker.user_id))
    return place == pose_of(len(walker.sent), walker.lane).position


async def check_changed_network(folder: Path, stall: float) -> Figures:
    """A user's network changes in four ways; the user comes back, and nobody sees them go."""
    database = folder / "xr.db"
    rooms = await make_rooms(database, 1)
    figures: dict[str, int | str] = {}
    with launched(folder, database=database, **OPEN) as server:
        observer, walker = crowd(server, rooms, 2)
        async with proxied(server.port, SEED) as proxy, trio.open_nursery() as nursery:
            await nursery.start(observer.visit)
            await nursery.start(walker.visit, 0.0, proxy.port)
            for fault in (_reset, _reset_in_a_frame, _half_close):
                for _ in range(3):
                    await fault(observer, walker, proxy)
                    await until(lambda: walker.code is not None, 5, "its end is noticed")
                    await nursery.start(walker.visit, 0.0, proxy.port)
                    assert walker.place == pose_of(len(walker.sent), walker.lane).position
            walker = await _come_back_first(observer, walker, proxy, nursery)
            figures["caught up after the stall"] = seconds(
                await _stall(observer, walker, proxy, stall)
            )
            assert observer.left == [], "somebody saw the user leave"
            assert observer.came == [walker.user_id], "somebody saw the user come again"
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
    return {"changes": 11, "stall": seconds(stall), **figures}


def _link(walker: Walker, proxy: Proxy) -> Link:
    return proxy.links[walker.local_port]


async def _reset(observer: Walker, walker: Walker, proxy: Proxy) -> None:
    await _see_it_step(observer, walker)
    _link(walker, proxy).reset()


async def _reset_in_a_frame(observer: Walker, walker: Walker, proxy: Proxy) -> None:
    """Half of the next step's frame arrives; the step before is the last that counts."""
    await _see_it_step(observer, walker)
    _link(walker, proxy).reset_after(20)
    await walker.step()
    walker.sent.pop()


async def _half_close(observer: Walker, walker: Walker, proxy: Proxy) -> None:
    await _see_it_step(observer, walker)
    await _link(walker, proxy).half_close()


async def _come_back_first(
    observer: Walker, walker: Walker, proxy: Proxy, nursery: trio.Nursery
) -> Walker:
    """The same tab comes back before the server has missed the connection that fell silent."""
    await _see_it_step(observer, walker)
    _link(walker, proxy).cut()
    again = Walker(walker.server, walker.room_id, walker.user_id, walker.lane, sent=walker.sent)
    await nursery.start(again.visit, 0.0, proxy.port)
    assert again.place == pose_of(len(walker.sent), walker.lane).position
    await _see_it_step(observer, again)
    return again


async def _stall(observer: Walker, walker: Walker, proxy: Proxy, stall: float) -> float:
    """Nothing passes while both step; then everything does. How long until both have caught up."""
    link = _link(walker, proxy)
    link.stall()
    over = trio.current_time() + stall
    while trio.current_time() < over:
        await walker.step()
        await observer.step()
        await trio.sleep(0.25)
    assert walker.number not in observer.steps or observer.steps[walker.number] < len(walker.sent)
    link.resume()

    def caught_up() -> bool:
        return observer.steps.get(walker.number) == len(walker.sent) and walker.steps.get(
            observer.number
        ) == len(observer.sent)

    taken = await until(caught_up, 5, "both see each other's newest pose")
    assert walker.here
    return taken


async def check_busy_stall(folder: Path, stall: float) -> Figures:
    """In a busy room a stalled client is let go; after the stall it comes back to its place."""
    database = folder / "xr.db"
    rooms = await make_rooms(database, 1)
    with launched(folder, database=database, **OPEN) as server:
        walker, *others = crowd(server, rooms, 20)
        walker.form = "batch"
        async with proxied(server.port, SEED, buffer=4096) as proxy, trio.open_nursery() as nursery:
            await enter(nursery, others, PERIOD)
            await nursery.start(walker.visit, 0.0, proxy.port)
            await _see_it_step(others[0], walker)
            link = _link(walker, proxy)
            link.stall()
            await until(lambda: bool(others[0].left), stall, "the stalled client is let go")
            link.resume()
            await until(lambda: walker.code is not None, 5, "its end is noticed")
            code = walker.code or 0
            await nursery.start(walker.visit, 0.0, proxy.port)
            assert walker.place == pose_of(len(walker.sent), walker.lane).position
            assert all(other.here for other in others)
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
    return {"stall at most": seconds(stall), "closed with": code}


async def test_a_cut_in_a_busy_room_ends_in_a_leave(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_cut(tmp_path, busy=True)
    assert "stored" in figures


async def test_a_changed_network_costs_nobody_their_place(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_changed_network(tmp_path, stall=2)
    assert figures["changes"] == 11
