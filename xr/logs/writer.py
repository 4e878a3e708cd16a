"""Writes the log from a thread of its own, so that a stalled reader does not hold up the server.

A lock guards the lines that wait. They are bounded; a line too many is dropped and counted.
"""

import logging
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from xr.logs.form import Form, Line, as_fault, as_text, choose_line
from xr.logs.sampling import Sampler

WAITING = 1_000
"""Lines that may wait for a slow reader; the next ones are dropped and counted."""
FAREWELL = 0.5
"""Seconds that the reader has at the end for the waiting lines."""
_PIECE = select.PIPE_BUF  # bytes that a writable pipe takes without blocking


class Writer(logging.Handler):
    """A handler that only queues; its thread writes to ``descriptor``."""

    def __init__(
        self, descriptor: int, line: Line = as_text, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._line = line
        self._clock = clock
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._changed = threading.Condition()
        self._closing = False
        self._sampler = Sampler(clock())
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record; never blocks for long, and raises nothing."""
        try:
            with self._changed:
                self._tell()
                if self._sampler.admits(record):
                    self._queue(record)
                self._changed.notify()
        except Exception:  # noqa: BLE001 - a wrong log call must not end its caller
            self.emit(_mistake(record))

    def finish(self, seconds: float = FAREWELL) -> None:
        """Write the waiting lines, for so long at most; the thread ends with the process."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)

    def _queue(self, record: logging.LogRecord) -> None:
        if len(self._lines) < WAITING:
            self._lines.append(self._line(record))
        else:
            self._dropped += 1

    def _run(self) -> None:
        while text := self._take():
            try:
                _write(self._descriptor, text.encode(errors="backslashreplace"))
            except OSError:  # nobody reads any more, or the disk is full
                with self._changed:
                    self._dropped += text.count("\n")

    def _take(self) -> str:
        """Wait for the next lines and take them; "" at the end."""
        with self._changed:
            while not (self._lines or self._closing):
                self._changed.wait(self._sampler.wait(self._clock()))
                self._tell()
            if self._closing:
                for record in self._sampler.tell_all():
                    self._queue(record)
            if not self._lines:
                return ""
            lines = list(self._lines)
            self._lines.clear()
            if self._dropped:
                lines.append(self._line(_dropped(self._dropped)))
                self._dropped = 0
            return "".join(f"{line}\n" for line in lines)

    def _tell(self) -> None:
        for record in self._sampler.tell(self._clock()):
            self._queue(record)


def _mistake(record: logging.LogRecord) -> logging.LogRecord:
    text = "log.failed template=%r file=%s line=%d: the values do not fit the template"
    values = str(record.msg), record.pathname, record.lineno
    return logging.LogRecord(__name__, logging.ERROR, __file__, 0, text, values, None)


def _dropped(count: int) -> logging.LogRecord:
    text = "log.dropped count=%d: nobody read the log fast enough"
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, (count,), None)


def _write(descriptor: int, data: bytes) -> None:
    """Write all of it, also where the descriptor does not block."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


@contextmanager
def logging_to(descriptor: int, form: Form, logger: str | None = None) -> Iterator[None]:
    """Have all that is logged within the block written to ``descriptor`` by a thread.

    ``logger`` names whose lines these are; None is all.
    """
    root = logging.getLogger(logger)
    before, level = root.handlers[:], root.level
    writer = Writer(descriptor, choose_line(form, descriptor))
    root.handlers[:] = [writer]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        writer.finish()
        root.handlers[:] = before
        root.setLevel(level)


def say(text: str, seconds: float = FAREWELL) -> None:
    """Write what went wrong to stderr, if it takes it within ``seconds``."""
    try:
        descriptor = sys.stderr.fileno()
    except (AttributeError, OSError):  # no stderr, or one that is no file
        print(text, file=sys.stderr)
        return
    data = f"{as_fault(text, descriptor)}\n".encode(errors="backslashreplace")
    deadline = time.monotonic() + seconds
    with suppress(OSError):  # nobody is there to read it
        while data and _takes(descriptor, deadline - time.monotonic()):
            data = data[os.write(descriptor, data[:_PIECE]) :]


def _takes(descriptor: int, seconds: float) -> bool:
    return bool(select.select([], [descriptor], [], max(0.0, seconds))[1])
