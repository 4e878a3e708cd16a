"""A connection without a socket: its wire takes what there is room for, its handler takes notes."""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field

import trio.testing
from trio.testing import MockClock

from tests.serving.client_frames import CLOSE
from tests.serving.raw import close_code
from xr.metrics import Metrics
from xr.serving.connection import Connection


@dataclass
class ShortWire:
    """A wire that takes ``room`` bytes, and more when there is room again."""

    room: int = 1 << 30
    written: bytearray = field(default_factory=bytearray)
    wants: bool = False
    reads: bool = True
    finished: bool = False
    aborted: bool = False
    broken: bool = False

    def write(self, data: bytes) -> int:
        assert not self.aborted
        if self.broken:
            raise ConnectionResetError(errno.ECONNRESET, "reset")
        taken = data[: self.room]
        self.written += taken
        self.room -= len(taken)
        return len(taken)

    def want_write(self, wanted: bool) -> None:
        assert not self.aborted
        self.wants = wanted

    def want_read(self, wanted: bool) -> None:
        assert not self.aborted
        assert self.reads is not wanted
        self.reads = wanted

    def finish(self) -> None:
        assert not self.aborted
        self.finished = True

    def abort(self) -> None:
        self.aborted = True

    def frames(self) -> list[tuple[int, bytes]]:
        """All that was written so far, as small or middling frames."""
        found = []
        data = bytes(self.written)
        while data:
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            found.append((data[0] & 15, data[start : start + size]))
            data = data[start + size :]
        return found

    @property
    def code(self) -> int:
        """The code of the close frame, which must be the last."""
        opcode, payload = self.frames()[-1]
        assert opcode == CLOSE
        return close_code(payload)


@dataclass
class Notes:
    """A handler that writes down what it is told."""

    address: str = "192.0.2.1"
    messages: list[tuple[int, bytes]] = field(default_factory=list)
    drains: int = 0
    silences: list[bool] = field(default_factory=list)
    pauses: list[tuple[float, float]] = field(default_factory=list)
    ends: list[tuple[int, str]] = field(default_factory=list)
    error: Exception | None = None
    work: Callable[[], None] = lambda: None

    def receive(self, kind: int, data: bytes) -> None:
        assert not self.ends
        self.messages.append((kind, data))
        self.work()
        if self.error is not None:
            raise self.error

    def set_silent(self, *, silent: bool) -> None:
        self.silences.append(silent)

    def backlog_sent(self) -> None:
        self.drains += 1

    def held_back(self, since: float, now: float) -> None:
        self.pauses.append((since, now))
        if self.error is not None:
            raise self.error

    def closed(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))
        if self.error is not None:
            raise self.error


@dataclass
class Setup:
    wire: ShortWire
    notes: Notes
    metrics: Metrics
    connection: Connection

    def receive(self, data: bytes) -> None:
        self.connection.received(data, trio.current_time())

    async def ends(self) -> list[tuple[int, str]]:
        """The ends that the handler has been told of, on Trio's next turn."""
        await trio.testing.wait_all_tasks_blocked()
        return self.notes.ends

    def wait(self, clock: MockClock, seconds: float) -> None:
        """Let the time pass, with a beat a second."""
        while seconds > 0:
            clock.jump(min(seconds, 1.0))
            seconds -= 1.0
            if not self.wire.aborted:
                self.connection.beat(trio.current_time())
