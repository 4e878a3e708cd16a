"""The whole process stands still for a while, as in a paused machine, and then goes on."""

import signal
from pathlib import Path

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.faults.clients import OPEN, Walker, assert_no_fault, crowd, enter, make_rooms, until
from tests.faults.figures import Figures, seconds
from tests.serving.client_frames import PING
from tests.serving.process import launched
from tests.serving.short_wire import Notes, ShortWire
from xr.metrics import Metrics
from xr.serving.connection import SILENT, Connection
from xr.serving.keeper import BEAT, keep
from xr.serving.liveness import QUIET

PERIOD = 0.1
USUAL = 1.5
WINDOW = 1.0


async def check_stopped(folder: Path, pause: float) -> Figures:
    """SIGSTOP and SIGCONT while 40 walk: nobody is dropped, and ticks are not made up for."""
    database = folder / "xr.db"
    rooms = await make_rooms(database, 2)
    with launched(folder, database=database, **OPEN) as server:
        walkers = crowd(server, rooms, 20)
        async with trio.open_nursery() as nursery:
            await enter(nursery, walkers, PERIOD)
            began = trio.current_time()
            await until(lambda: trio.current_time() > began + WINDOW, 5, "a usual second")
            server.process.send_signal(signal.SIGSTOP)
            stopped = trio.current_time()
            await trio.sleep(pause)
            server.process.send_signal(signal.SIGCONT)
            resumed = trio.current_time()
            steps = {walker.user_id: len(walker.sent) for walker in walkers}
            caught_up = await until(
                lambda: all(w.returned >= steps[w.user_id] for w in walkers),
                5,
                "everybody's newest step of the pause comes back",
            )
            await until(lambda: trio.current_time() > resumed + WINDOW, 5, "a second more")
            assert all(walker.here for walker in walkers), "somebody was disconnected"
            assert not any(walker.left for walker in walkers), "somebody was seen to leave"
            usual = _most_ticks(walkers, began, stopped)
            after = _most_ticks(walkers, resumed, resumed + WINDOW)
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
    assert after <= USUAL * usual + 3, f"{after} frames in a tenth of a second, {usual} before"
    return {
        "pause": seconds(pause),
        "caught up after": seconds(caught_up),
        "frames in a tenth of a second, before": usual,
        "after": after,
    }


def _most_ticks(walkers: list[Walker], start: float, end: float) -> int:
    """The most frames of poses that a walker got within a tenth of a second."""
    most = 0
    for walker in walkers:
        times = [at for at in walker.ticks if start <= at < end]
        first = 0
        for last, at in enumerate(times):
            while at - times[first] > 0.1:
                first += 1
            most = max(most, last - first + 1)
    return most


async def test_a_stopped_process_goes_on_where_it_was(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_stopped(tmp_path, pause=3)
    assert "caught up after" in figures


async def test_a_pause_is_held_against_nobody(mock_clock: MockClock) -> None:
    """Longer than silence is borne: a peer of whom nothing came gets a ping, and time."""
    wire, notes = ShortWire(), Notes()
    connection = Connection(wire, Metrics())
    connection.serve(notes)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep, lambda: [connection])
        await wait_all_tasks_blocked()
        mock_clock.jump(SILENT + 5)
        for _ in range(int(QUIET)):
            await wait_all_tasks_blocked()
            mock_clock.jump(BEAT)
        await wait_all_tasks_blocked()
        assert notes.ends == []
        assert wire.frames() == [(PING, b"")]
        for _ in range(int(SILENT) + 2):  # from here on it is silent by its own fault
            mock_clock.jump(BEAT)
            await wait_all_tasks_blocked()
        assert len(notes.ends) == 1
        nursery.cancel_scope.cancel()
