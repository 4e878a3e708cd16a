"""A seeded network: websockets as bytes that are delayed, stalled, cut, or vanish.

Each link draws from its own generator, so that what happens on one does not change another.
"""

import random
from collections import deque
from collections.abc import Callable
from typing import Protocol

import trio

from tests.simulation.timeline import GRID, Timeline
from xr.serving.connection import Connection

UPGRADED = b"101"
"""Stands for the answer to the upgrade, the first that comes down."""


class Peer(Protocol):
    """The client's end of a link."""

    def opened(self, link: "Link") -> None:
        """The websocket is there."""
        ...

    def heard(self, link: "Link", data: bytes) -> None:
        """Bytes of the server's."""
        ...

    def ended(self, link: "Link") -> None:
        """The link is over."""
        ...


class Pipe:
    """One direction: what is put in arrives in order, each part after a delay."""

    def __init__(
        self,
        timeline: Timeline,
        rng: random.Random,
        delays: tuple[float, float],
        deliver: Callable[[bytes], None],
    ) -> None:
        self._timeline = timeline
        self._rng = rng
        self._delays = delays
        self._deliver = deliver
        self._parts: deque[tuple[float, bytes]] = deque()
        self._last = 0.0

    def __len__(self) -> int:
        return len(self._parts)

    def put(self, data: bytes) -> None:
        """Send bytes on their way; empty is the end."""
        due = trio.current_time() + self._rng.uniform(*self._delays)
        due = max(round(due / GRID) * GRID, trio.current_time(), self._last)
        if due != self._last or not self._parts:
            self._timeline.at(due, self._arrive, self._rng.random())
        self._last = due
        self._parts.append((due, data))

    def clear(self) -> None:
        """Lose what is on its way."""
        self._parts.clear()

    def _arrive(self) -> None:
        now = trio.current_time()
        while self._parts and self._parts[0][0] <= now:
            self._deliver(self._parts.popleft()[1])


class Link:
    """One websocket between a client and a server: the server's ``serving.connection.Wire``."""

    def __init__(
        self,
        name: str,
        user_id: str,
        timeline: Timeline,
        rng: random.Random,
        peer: Peer,
        *,
        delays: tuple[float, float],
        capacity: int,
        breaks: Callable[[], bool],
    ) -> None:
        self.name = name
        self.user_id = user_id
        self.peer: Peer | None = peer
        self.connection: Connection | None = None
        self.touched = trio.current_time()
        self.full_since: float | None = None
        self.spoken = self.touched  # when bytes of the client's last arrived
        self.silent = False
        self.stalled = False
        self.closed = False  # the server has let go
        self.dead = False  # the server has died
        self._timeline = timeline
        self._rng = rng
        self._capacity = capacity
        self._breaks = breaks  # whether this write finds the peer gone
        self._held = 0  # bytes that the server has written and the client has not read
        self._reset = False
        self._wants = False
        self._reads = True
        self._kept: deque[bytes] = deque()  # arrived while the server did not read
        self._unread: list[bytes] = []
        self._up = Pipe(timeline, rng, delays, self._arrived)
        self._down = Pipe(timeline, rng, delays, self._offered)

    @property
    def quiet(self) -> bool:
        """True while nothing is on its way to a client that reads."""
        connection = self.connection
        return not (
            self._down
            or self.stalled
            or self.silent
            or self.closed
            or self.peer is None
            or connection is None
            or connection.behind
        )

    # The client's end.

    def send(self, data: bytes) -> None:
        """Send a frame, now and then in two parts."""
        if self.silent:
            return
        if self._rng.random() < 0.05:
            place = self._rng.randrange(1, len(data))
            self._up.put(data[:place])
            data = data[place:]
        self._up.put(data)

    def hang_up(self) -> None:
        """Send the end and listen no longer."""
        self.peer = None
        self._up.put(b"")

    # Faults.

    def cut(self, *, reset: bool) -> None:
        """Both ends see the link break, the server later; what was under way is lost."""
        self._up.clear()
        self._down.clear()
        self._reset = reset
        peer, self.peer = self.peer, None
        self._up.put(b"")
        if peer is not None:
            peer.ended(self)

    def vanish(self) -> None:
        """From now on nothing arrives, and nobody is told."""
        self.silent = True
        self.peer = None
        self._up.clear()
        self._down.clear()

    def stall(self, seconds: float) -> None:
        """The client reads nothing for a while."""
        if not self.stalled:
            self.stalled = True
            self._timeline.after(seconds, self.read_on)

    def read_on(self) -> None:
        """The client reads again, all that has come."""
        self.stalled = False
        unread, self._unread = self._unread, []
        for data in unread:
            self._read(data)

    def die(self, *, silently: bool) -> None:
        """The server's process is gone; its system says so, unless it is gone as well."""
        self.dead = True
        self.connection = None
        self._wants = False
        self._up.clear()
        if silently:
            self._down.clear()
        elif not self.silent:
            self._down.put(b"")

    # The server's end: serving.connection.Wire.

    def upgraded(self) -> None:
        """Answer the upgrade."""
        self.write(UPGRADED)

    def write(self, data: bytes) -> int:
        """Take what the buffers hold."""
        if self.dead:
            return len(data)
        if not self._reset and self._breaks():
            self.cut(reset=True)
        if self._reset:
            raise ConnectionResetError("reset by peer")
        taken = data[: self._capacity - self._held]
        if taken:
            self._held += len(taken)
            if not self.silent:
                self._down.put(taken)
        self.touched = trio.current_time()
        return len(taken)

    def want_write(self, wanted: bool) -> None:
        """Say when there is room, or no longer."""
        self._wants = wanted
        self.full_since = trio.current_time() if wanted else None

    def want_read(self, wanted: bool) -> None:
        """Hand over what arrives, or keep it."""
        self._reads = wanted
        if wanted and self._kept:
            self._timeline.after(GRID, self._read_on)

    def finish(self) -> None:
        """The end, behind all that was written."""
        if not (self.silent or self.dead):
            self._down.put(b"")

    def abort(self) -> None:
        """The socket is closed."""
        self.closed = True
        if not (self.silent or self.dead):
            self._down.put(b"")

    # Arrivals.

    def _arrived(self, data: bytes) -> None:
        if self.connection is not None and not self.closed:
            self._kept.append(data)
            self._read_on()

    def _read_on(self) -> None:
        while self._reads and self._kept and self.connection is not None and not self.closed:
            self.spoken = trio.current_time()
            self.connection.received(self._kept.popleft(), trio.current_time())

    def _offered(self, data: bytes) -> None:
        if self.stalled:
            self._unread.append(data)
        else:
            self._read(data)

    def _read(self, data: bytes) -> None:
        self.touched = trio.current_time()
        self._held -= len(data)
        peer = self.peer
        if peer is not None:
            if not data:
                self.hang_up()
                peer.ended(self)
            elif data == UPGRADED:
                peer.opened(self)
            else:
                peer.heard(self, data)
        if self._wants and not self.closed:
            self.full_since = self.touched
            self._timeline.after(GRID, self._writable)

    def _writable(self) -> None:
        if self._wants and not self.closed and self.connection is not None:
            self.touched = trio.current_time()
            if self._held < self._capacity or self._reset:
                self.connection.writable()
