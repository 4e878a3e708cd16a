"""Answers how the server is, from the parts that it is put together of."""

import os
import time
from collections.abc import Callable, Sized
from pathlib import Path

import trio

from xr.metrics import Metrics
from xr.monitoring.history import EVERY, History, Sample
from xr.monitoring.store_check import StoreCheck
from xr.monitoring.vitals import Health, Vitals, look_at_files
from xr.monitoring.warnings import Warnings
from xr.rooms.lobby import Lobby
from xr.settings import Settings
from xr.store.protocol import Checks

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Monitor:
    """Looks at the lobby, the sockets and the store of one server. ``now`` gives unix seconds."""

    def __init__(
        self,
        settings: Settings,
        store: Checks,
        lobby: Lobby,
        sockets: Sized,
        metrics: Metrics,
        now: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._store_check = StoreCheck(store)
        self._lobby = lobby
        self._sockets = sockets
        self._metrics = metrics
        self._now = now
        self.history = History()
        self.warnings = Warnings()

    async def run(self) -> None:
        """Take a sample every ten seconds and keep the warnings of the log, until cancelled."""
        memory = 0
        with self.warnings.listening():
            while True:
                cpu, sent = time.process_time(), self._metrics.sent_bytes
                ticks = list(self._metrics.tick_lateness.counts)
                await trio.sleep(EVERY)
                memory = _resident(memory)
                sample = Sample(
                    at=self._now(),
                    users=sum(self._lobby.present().values()),
                    websockets=len(self._sockets),
                    cpu=(time.process_time() - cpu) / EVERY,
                    memory=memory,
                    lateness=self._metrics.tick_lateness.quantile(0.99, ticks),
                    unwritten=self._unwritten(),
                    sent=(self._metrics.sent_bytes - sent) / EVERY,
                )
                self.history.samples.append(sample)

    def _unwritten(self) -> float:
        rooms = self._lobby.supervisor.open_rooms().values()
        return max((room.snapshot.flusher.unwritten() for room in rooms), default=0.0)

    async def health(self) -> Health:
        """How the server is, with a sentence for each thing that is wrong."""
        lobby = self._lobby
        if lobby.draining:
            return Health("draining", ("the server is stopping",))
        if not lobby.running:
            return Health("failed", ("the lobby does not run: restart the server",))
        reasons = [f"poses of room {room} cannot be written" for room in lobby.failing]
        if lobby.supervisor.profiles.failing:
            reasons.append("profiles of users cannot be written")
        fault = await self._store_check.fault()
        if fault is not None:
            reasons.append(fault)
        return Health("degraded" if reasons else "ok", tuple(reasons))

    async def measure(self) -> Vitals:
        """The numbers of this moment."""
        files = await trio.to_thread.run_sync(look_at_files, self._settings.database)
        health = await self.health()
        present = self._lobby.present()
        return Vitals(
            health=health,
            files=files,
            websockets=len(self._sockets),
            rooms=len(present),
            users=sum(present.values()),
            tasks=trio.lowlevel.current_statistics().tasks_living,
            unwritten=self._unwritten(),
        )


def _resident(before: int) -> int:
    """Bytes of memory that the process has now; as ``before`` where nobody can say, as in a process
    that is out of file descriptors.
    """
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return before
    return int(pages) * _PAGE
