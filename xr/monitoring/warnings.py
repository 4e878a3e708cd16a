"""The last warnings and errors of the log, for the operator's page."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

MOST = 50
LONGEST = 300  # characters of a message that are kept


@dataclass(frozen=True)
class Warned:
    """A line of the log, ``at`` in unix seconds."""

    at: float
    level: str
    text: str


class Warnings(logging.Handler):
    """Keeps the newest ``MOST`` lines from the level of warnings on; the oldest goes."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: deque[Warned] = deque(maxlen=MOST)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; the caller, which may be any thread, holds the handler's lock."""
        try:
            text = record.getMessage()[:LONGEST]
        except Exception:  # noqa: BLE001 - the log's own writer tells of a wrong call
            return
        self._lines.append(Warned(record.created, record.levelname.lower(), text))

    def newest(self) -> Sequence[Warned]:
        """The lines, the newest first."""
        self.acquire()
        try:
            return list(reversed(self._lines))
        finally:
            self.release()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep what is logged within the block."""
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)
