"""One epoll for all plain websockets, swept by one task: no message wakes a task of its own.

With few connections the sweep comes when something is ready; with many it pauses between sweeps, so
that one wake-up serves many of them. The reader's task owns the connections.
"""

import errno
import logging
import select
import socket
from collections.abc import Callable

import trio

from xr.errors import CloseCode
from xr.metrics import Metrics
from xr.serving.connection import Connection

log = logging.getLogger(__name__)

READ = 16_384
"""Bytes of one connection in one sweep; a flood of it then holds up the others by milliseconds."""
PAUSE = 0.010
"""The longest pause between two sweeps, in seconds."""
PAUSE_EACH = 50e-6
"""What each connection adds to the pause, which is left out while it is under a millisecond."""
SEND_BUFFER = 64 * 1024
"""Bytes that the kernel queues for a peer (it doubles the figure). More would be older poses."""

_IN = select.EPOLLIN | select.EPOLLRDHUP
_READABLE = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR


class SocketWire:
    """A connection's bytes through a non-blocking socket in the reader's epoll."""

    __slots__ = ("_fd", "_reader", "_socket")

    def __init__(self, plain: socket.socket, reader: "Reader") -> None:
        self._socket = plain
        self._fd = plain.fileno()
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
        self._reader.watch(self._fd, wanted)

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

    def add(
        self, plain: socket.socket, connected: Callable[[Connection], None], early: bytes
    ) -> None:
        """Take over a socket; see ``Connection.begin``."""
        plain.setblocking(False)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        wire = SocketWire(plain, self)
        connection = Connection(wire, self._metrics)
        try:
            self._epoll.register(plain.fileno(), _IN)
        except OSError:  # the kernel's limit of watched sockets
            plain.close()
            raise
        self._connections[plain.fileno()] = (connection, wire)
        connection.begin(connected, early)

    def watch(self, fd: int, writing: bool) -> None:
        """Report when the socket takes bytes, or no longer."""
        self._epoll.modify(fd, _IN | select.EPOLLOUT if writing else _IN)

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
                self._sweep()
                pause = min(PAUSE, len(self._connections) * PAUSE_EACH)
                if pause >= 0.001:
                    await trio.sleep(pause)
        finally:
            for connection in self.connections():
                connection.lost()
            self._epoll.close()

    def _sweep(self) -> None:
        now = trio.current_time()
        for fd, mask in self._epoll.poll(0, max(1, len(self._connections))):
            connection, wire = self._connections.get(fd, (None, None))
            if connection is None or wire is None:
                continue  # closed by one that came before it in this sweep
            try:
                if mask & _READABLE:
                    self._read(connection, wire, now)
                if mask & select.EPOLLOUT and fd in self._connections:
                    connection.writable()
            except Exception:
                log.exception("reader.failed")
                connection.close(CloseCode.FAULT, "a fault of the server")

    def _read(self, connection: Connection, wire: SocketWire, now: float) -> None:
        try:
            data = wire.read()
        except OSError:
            connection.lost()
            return
        if data is not None:
            connection.received(data, now)
