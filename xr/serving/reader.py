"""One epoll for all plain websockets, swept by one task: no message wakes a task of its own.

With few connections the sweep comes when something is ready; with many it pauses between sweeps, so
that one wake-up serves many of them. A sweep that takes too long stops, lets the other tasks run,
and goes on where it stopped: each connection has its turn before one has a second. The reader's
task owns the connections.
"""

import errno
import logging
import select
import socket
from collections import deque
from collections.abc import Callable
from time import perf_counter

import trio

from xr.errors import CloseCode
from xr.metrics import Metrics
from xr.serving.connection import Connection

log = logging.getLogger(__name__)

READ = 4096
"""Bytes of one connection in one turn; a flood of it then holds up the others by milliseconds."""
SWEEP = 0.005
"""Seconds after which a sweep stops, so that the tick is not late; what is left has its turn in the
next one, before anything that comes meanwhile."""
PAUSE = 0.010
"""The longest pause between two sweeps, in seconds."""
PAUSE_EACH = 50e-6
"""What each connection adds to the pause, which is left out while it is under a millisecond."""
SEND_BUFFER = 64 * 1024
"""Bytes that the kernel queues for a peer (it doubles the figure). More would be older poses."""
RECEIVE_BUFFER = 64 * 1024
"""Bytes of a peer that the kernel keeps while we do not read it (it doubles the figure, too)."""

_IN = select.EPOLLIN | select.EPOLLRDHUP
_READABLE = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR


class SocketWire:
    """A connection's bytes through a non-blocking socket in the reader's epoll."""

    __slots__ = ("_fd", "_reader", "_socket", "mask")

    def __init__(self, plain: socket.socket, reader: "Reader") -> None:
        self._socket = plain
        self._fd = plain.fileno()
        self.mask = _IN
        self._reader = reader

    def write(self, data: bytes) -> int:
        """Send what the kernel takes now."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def read(self) -> bytes | None:
        """What has come; empty at the end, None if there was nothing after all."""
        try:
            return self._socket.recv(READ)
        except BlockingIOError:
            return None

    def want_write(self, wanted: bool) -> None:
        """Wait for room to write, too."""
        self._watch(self.mask | select.EPOLLOUT if wanted else self.mask & ~select.EPOLLOUT)

    def want_read(self, wanted: bool) -> None:
        """Wait for bytes, or leave them to the kernel."""
        self._watch(self.mask | _IN if wanted else self.mask & ~_IN)

    def _watch(self, mask: int) -> None:
        self.mask = mask
        self._reader.watch(self._fd, mask)

    def finish(self) -> None:
        """Send our end; what still comes is read and dropped."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise

    def abort(self) -> None:
        """Close the socket."""
        self._reader.remove(self._fd)
        self._socket.close()


class Reader:
    """Reads all plain websockets of the server."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._epoll = select.epoll()
        self._connections: dict[int, tuple[Connection, SocketWire]] = {}
        self._turns: deque[tuple[int, int]] = deque()  # ready, and not yet dealt with

    def add(
        self, plain: socket.socket, connected: Callable[[Connection], None], early: bytes
    ) -> None:
        """Take over a socket; see ``Connection.begin``."""
        plain.setblocking(False)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        wire = SocketWire(plain, self)
        connection = Connection(wire, self._metrics)
        try:
            self._epoll.register(plain.fileno(), _IN)
        except OSError:  # the kernel's limit of watched sockets
            plain.close()
            raise
        self._connections[plain.fileno()] = (connection, wire)
        connection.begin(connected, early)

    def watch(self, fd: int, mask: int) -> None:
        """Report these conditions of the socket from now on, and what cannot be left out."""
        self._epoll.modify(fd, mask)

    def remove(self, fd: int) -> None:
        """Forget a socket that is about to be closed."""
        if self._connections.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def connections(self) -> list[Connection]:
        """All that are open, or closing."""
        return [connection for connection, _ in self._connections.values()]

    async def run(self) -> None:
        """Sweep whenever something is ready, until cancelled; then let go of all."""
        try:
            while True:
                await trio.lowlevel.wait_readable(self._epoll.fileno())
                while not self.sweep():
                    await trio.lowlevel.checkpoint()
                pause = min(PAUSE, len(self._connections) * PAUSE_EACH)
                if pause >= 0.001:
                    await trio.sleep(pause)
        finally:
            for connection in self.connections():
                connection.lost()
            self._epoll.close()

    def sweep(self) -> bool:
        """Deal with all that is ready now, for as long as a sweep may take; whether that was all.

        What was left of the last sweep comes first, and nothing is ready twice before it is over.
        """
        now = trio.current_time()
        turns = self._turns
        if not turns:
            turns.extend(self._epoll.poll(0, max(1, len(self._connections))))
        over = perf_counter() + SWEEP
        while turns:
            fd, mask = turns.popleft()
            self._take_turn(fd, mask, now)
            if perf_counter() >= over:
                break
        return not turns

    def _take_turn(self, fd: int, mask: int, now: float) -> None:
        connection, wire = self._connections.get(fd, (None, None))
        if connection is None or wire is None:
            return  # closed by one that had its turn before it
        try:
            if mask & _READABLE:
                try:
                    data = wire.read()
                except OSError:
                    data = b""
                if data is not None:
                    connection.received(data, now)
            if mask & wire.mask & select.EPOLLOUT and fd in self._connections:
                connection.writable()
        except Exception:
            log.exception("reader.failed")
            connection.close(CloseCode.FAULT, "a fault of the server")
