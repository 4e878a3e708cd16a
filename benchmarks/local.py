"""Scenarios without load: the cold start up to the first page, and a flush of 10,000 poses."""

import os
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from urllib.error import URLError
from urllib.request import urlopen

import trio

from benchmarks import servers
from benchmarks.measurement import Figures
from xr.pose import Pose
from xr.rooms.tenure import Tenure
from xr.store.sqlite import open_store

POSES = 10_000
_BEAT = 0.002
_PATIENCE = 20.0


@dataclass(frozen=True)
class ColdStart:
    """Seconds from the command to the whole first page: with no database, and with one."""

    name: str
    starts: int = 3
    peers: bool = False

    @property
    def takes(self) -> float:
        return 2.5 * self.starts

    def quick(self) -> "ColdStart":
        return replace(self, starts=1)

    def run(self, server: str, checkout: Path) -> Figures:
        new, again = [], []
        for _ in range(self.starts):
            with tempfile.TemporaryDirectory(prefix="xr-bench-") as folder:
                new.append(_seconds_to_first_page(Path(folder), checkout))
                again.append(_seconds_to_first_page(Path(folder), checkout))
        return {
            "first_start_s": round(statistics.median(new), 3),
            "later_start_s": round(statistics.median(again), 3),
        }


def _seconds_to_first_page(folder: Path, checkout: Path) -> float:
    started = time.monotonic()
    with servers.xr(folder, checkout) as running:
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{running.port}/", timeout=5) as page:
                    page.read()
                return time.monotonic() - started
            except URLError:
                if time.monotonic() - started > _PATIENCE:
                    raise
                time.sleep(0.002)


@dataclass(frozen=True)
class Flush:
    """Milliseconds of a flush of 10,000 poses, and by how much it delays the event loop.

    In this process and with this checkout's store, whatever checkout is asked for.
    """

    name: str
    flushes: int = 9
    takes: float = 3.0
    peers: bool = False

    def quick(self) -> "Flush":
        return replace(self, flushes=2)

    def run(self, server: str, checkout: Path) -> Figures:
        before = os.sched_getaffinity(0)
        servers.pin_to_server_core()
        try:
            return trio.run(_flush, self.flushes)
        finally:
            os.sched_setaffinity(0, before)


async def _flush(flushes: int) -> Figures:
    rng = Random(1)
    took: list[float] = []
    late: list[float] = []
    with tempfile.TemporaryDirectory(prefix="xr-bench-") as folder:
        async with open_store(Path(folder, "xr.db")) as store:
            room_id = await store.create_room("bench", {})
            for _ in range(flushes):
                poses = {f"user-{number:05}": _pose(rng) for number in range(POSES)}
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_beat, late, name="beat")
                    await trio.sleep(0.05)
                    started = time.perf_counter()
                    await store.save_poses(Tenure(room_id), poses)
                    took.append(time.perf_counter() - started)
                    nursery.cancel_scope.cancel()
    return {
        "flush_p50_ms": round(statistics.median(took) * 1000, 1),
        "flush_max_ms": round(max(took) * 1000, 1),
        "loop_late_max_ms": round(max(late) * 1000, 1),
    }


def _pose(rng: Random) -> Pose:
    return Pose((rng.uniform(-25, 25), 1.7, rng.uniform(-25, 25)), (0.0, 0.6, 0.0, 0.8))


async def _beat(late: list[float]) -> None:
    """Note how late the event loop wakes a task that sleeps."""
    while True:
        due = trio.current_time() + _BEAT
        await trio.sleep_until(due)
        late.append(trio.current_time() - due)
