"""One epoll for all websockets, swept by one task: no message wakes a task of its own.

With few connections the sweep comes when something is ready; with many it pauses between sweeps, so
that one wake-up serves many of them. A sweep that takes too long stops, lets the other tasks run,
and goes on where it stopped: each connection has its turn before one has a second. The reader's
task owns the connections.
"""

import logging
import select
import socket
from collections import deque
from time import perf_counter

import trio

from xr.errors import CloseCode
from xr.metrics import Metrics
from xr.serving.carrier import Connected
from xr.serving.connection import Connection
from xr.serving.tls import Session
from xr.serving.wires import INCOMING, SocketWire, TlsWire
from xr.wire.reasons import Reason

log = logging.getLogger(__name__)

SWEEP = 0.005
"""Seconds after which a sweep stops, so that the tick is not late; the other ready sockets come
first in the next sweep."""
PAUSE = 0.010
"""The longest pause between two sweeps, in seconds."""
PAUSE_EACH = 50e-6
"""Seconds that each connection adds to the pause; a pause under a millisecond is left out."""
SEND_BUFFER = 64 * 1024
"""Bytes that the kernel queues for a peer (it doubles the figure). More would be older poses."""
RECEIVE_BUFFER = 64 * 1024
"""Bytes of a peer that the kernel keeps while we do not read it (it doubles the figure, too)."""

_READABLE = INCOMING | select.EPOLLHUP | select.EPOLLERR


class Reader:
    """Reads all websockets of the server."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._epoll = select.epoll()
        self._connections: dict[int, tuple[Connection, SocketWire]] = {}
        self._turns: deque[tuple[int, int]] = deque()  # ready, and not yet dealt with

    def add(
        self,
        plain: socket.socket,
        session: Session | None,
        connected: Connected,
        answer: bytes,
        early: bytes,
    ) -> None:
        """Take over a socket, and the TLS over it if there is any; see ``Connection.take_over``."""
        plain.setblocking(False)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        wire = TlsWire(plain, self, session) if session else SocketWire(plain, self)
        connection = Connection(wire, self._metrics)
        try:
            self._epoll.register(plain.fileno(), INCOMING)
        except OSError:  # the kernel's limit of watched sockets
            plain.close()
            raise
        self._connections[plain.fileno()] = (connection, wire)
        connection.take_over(connected, answer, early)

    def watch(self, fd: int, mask: int) -> None:
        """Report these conditions of the socket from now on, besides errors and hang-ups."""
        self._epoll.modify(fd, mask)

    def remove(self, fd: int) -> None:
        """Stop watching a socket that is about to be closed."""
        if self._connections.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def connections(self) -> list[Connection]:
        """The connections that are open or closing."""
        return [connection for connection, _ in self._connections.values()]

    async def run(self) -> None:
        """Sweep whenever a socket is ready, until cancelled; then end all connections."""
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
        """Serve the sockets that are ready, for ``SWEEP`` seconds; returns whether that was all.

        Sockets left over by the last sweep come first, and each has a turn before any has two.
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
            return  # closed during an earlier turn
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
            connection.close(CloseCode.FAULT, Reason.FAULT)
