"""Writes a room's ledgers. A failure is logged once a minute, and tried again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import trio

from xr.errors import StoreError
from xr.metrics import Metrics
from xr.rooms.ledger import Ledger
from xr.rooms.leftovers import Unsaved

log = logging.getLogger(__name__)

_LOG_EVERY = 60.0


@dataclass
class _Flush:
    """The flush that begins next. Tasks wait for ``done``; ``written`` is then whether all is."""

    done: trio.Event = field(default_factory=trio.Event)
    written: bool = False


class Flusher:
    """Writes the ledgers of a room one after the other; the snapshot task says when."""

    def __init__(self, room_id: str, ledgers: Sequence[Ledger[Any, Any]], metrics: Metrics) -> None:
        self.room_id = room_id
        self._ledgers = ledgers
        self._metrics = metrics
        self._logged: float | None = None
        self.failing = False
        self._all_written: float | None = None  # the begin of the last flush without a failure
        self._hurry = trio.Event()
        self._next = _Flush()

    @property
    def unsaved(self) -> dict[str, dict[Any, Any]]:
        """The unwritten changes, by ledger."""
        return {ledger.name: ledger.unsaved for ledger in self._ledgers}

    def unwritten(self) -> float:
        """The most seconds for which an unwritten change can have waited; 0 if there is none.

        Changes have no times of their own. Each unwritten one is younger than the begin of the last
        flush without a failure, so the seconds are counted from there.
        """
        if self._all_written is None or all(ledger.clean for ledger in self._ledgers):
            return 0.0
        return trio.current_time() - self._all_written

    def restore(self, unsaved: Unsaved) -> None:
        """Take over the changes that an earlier run of the room could not write."""
        for ledger in self._ledgers:
            ledger.restore(unsaved.get(ledger.name, {}))

    def hurry(self) -> None:
        """End the wait for the next flush."""
        self._hurry.set()

    async def due(self, interval: float) -> None:
        """Wait so many seconds, or until somebody is in a hurry."""
        if self._all_written is None:
            self._all_written = trio.current_time()
        with trio.move_on_after(interval):
            await self._hurry.wait()
        self._hurry = trio.Event()

    async def written(self) -> bool:
        """Hurry the next flush and wait for its end; False if it failed to write a ledger.

        Cancelling this call does not stop the flush.
        """
        flush = self._next
        self.hurry()
        await flush.done.wait()
        return flush.written

    async def flush(self) -> bool:
        """Write all ledgers; False if one failed. The next flush writes its changes again.

        A cancelled flush leaves unwritten changes to the next one too.
        """
        flush, self._next = self._next, _Flush()
        try:
            flush.written = await self._write()
        finally:
            flush.done.set()
        return flush.written

    async def _write(self) -> bool:
        started = trio.current_time()
        written, failed = 0, False
        for ledger in self._ledgers:
            try:
                written += await ledger.flush()
            except (StoreError, OSError) as error:
                failed = True
                self._failed(ledger, error)
        if not failed:
            self._all_written = started
        if written and not failed:  # an empty flush does not show that the disk works
            self._succeeded(written, trio.current_time() - started)
        return not failed

    def _succeeded(self, count: int, seconds: float) -> None:
        if self.failing:
            log.warning("flush.recovered room=%s written=%d", self.room_id, count)
        self.failing = False
        self._logged = None
        self._metrics.poses_flushed += count
        self._metrics.flush_duration.observe(seconds)

    def _failed(self, ledger: Ledger[Any, Any], error: Exception) -> None:
        self.failing = True
        self._metrics.flush_failures += 1
        now = trio.current_time()
        if self._logged is None or now - self._logged >= _LOG_EVERY:
            self._logged = now
            log.error(
                "flush.failed room=%s ledger=%s error=%r: kept in memory and tried again",
                self.room_id,
                ledger.name,
                str(error),
            )
