"""A bound on the log records that peers can cause.

A record with the field ``address`` is about a peer, which can cause a thousand a second. The first
ones of each address, event and reason are written; the others are counted, and the counts are
logged once a minute.
"""

import logging
from collections import Counter
from collections.abc import Iterator

from xr.logs.form import event_of, fields_of

MINUTE = 60.0
PER_ADDRESS = 5
"""Records a minute of one address, event and reason that are written in full."""
PER_EVENT = 60
"""Records a minute of one event and reason, of all addresses together."""

Key = tuple[str, str, int, str]
"""The logger, the event, the level and the reason."""


class Sampler:
    """Decides which records are written. Not safe for several threads: the writer has a lock."""

    def __init__(self, now: float) -> None:
        self._began = now
        self._written: Counter[Key | tuple[Key, str]] = Counter()  # bounded by what is written
        self._held: Counter[Key] = Counter()

    def admits(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; one that is not is counted."""
        fields = fields_of(record)
        if "address" not in fields:
            return True
        key = record.name, event_of(record), record.levelno, str(fields.get("reason", ""))
        own = key, str(fields["address"])
        if self._written[key] >= PER_EVENT or self._written[own] >= PER_ADDRESS:
            self._held[key] += 1
            return False
        self._written[key] += 1
        self._written[own] += 1
        return True

    def wait(self, now: float) -> float | None:
        """Seconds until the counts are due; None while nothing is held back."""
        return max(0.0, self._began + MINUTE - now) if self._held else None

    def tell(self, now: float) -> Iterator[logging.LogRecord]:
        """The counts of the minute that has ended; empty while it lasts."""
        if now < self._began + MINUTE:
            return
        yield from self.tell_all()
        self._written.clear()
        self._began = now

    def tell_all(self) -> Iterator[logging.LogRecord]:
        """The counts so far."""
        for (logger, event, level, reason), count in self._held.items():
            text = f"{event} reason=%r count=%d: so many more within a minute"
            values = reason, count
            yield logging.LogRecord(logger, level, __file__, 0, text, values, None)
        self._held.clear()
