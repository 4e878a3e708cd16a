"""The two wires of a connection in the reader's sweep: a plain socket, and TLS over one."""

import errno
import select
import socket
import ssl
from contextlib import suppress
from typing import Protocol

from xr.serving.tls import RECORD, Session

READ = 4096
"""Bytes read of one connection in one turn, so that a flood delays the others by milliseconds."""
INCOMING = select.EPOLLIN | select.EPOLLRDHUP
EXCESS = 64 * 1024
WORTH = 8
"""Bytes of TLS overhead allowed for each byte of content: the record of a lone pong is five times
its size. A peer that is ``EXCESS`` bytes over that only keeps the server busy."""


class Watcher(Protocol):
    """The part of the reader that a wire uses."""

    def watch(self, fd: int, mask: int) -> None:
        """Report these conditions of the socket from now on, besides errors and hang-ups."""
        ...

    def remove(self, fd: int) -> None:
        """Stop watching a socket that is about to be closed."""
        ...


class SocketWire:
    """A connection's bytes through a non-blocking socket in the reader's epoll."""

    __slots__ = ("_fd", "_socket", "_watcher", "mask")

    def __init__(self, plain: socket.socket, watcher: Watcher) -> None:
        self._socket = plain
        self._fd = plain.fileno()
        self._watcher = watcher
        self.mask = INCOMING

    def write(self, data: bytes) -> int:
        """Send as much as the kernel takes now."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def read(self) -> bytes | None:
        """Read the bytes that have come; empty at the end, None if there were none after all."""
        try:
            return self._socket.recv(READ)
        except BlockingIOError:
            return None

    def want_write(self, wanted: bool) -> None:
        """Wait for room to write, too."""
        self._watch(self.mask | select.EPOLLOUT if wanted else self.mask & ~select.EPOLLOUT)

    def want_read(self, wanted: bool) -> None:
        """Wait for bytes, or leave them to the kernel."""
        self._watch(self.mask | INCOMING if wanted else self.mask & ~INCOMING)

    def finish(self) -> None:
        """End our side; bytes that still come are read and dropped."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise

    def abort(self) -> None:
        """Close the socket."""
        self._watcher.remove(self._fd)
        self._socket.close()

    def _watch(self, mask: int) -> None:
        self.mask = mask
        self._watcher.watch(self._fd, mask)


class TlsWire(SocketWire):
    """The same through TLS. A record that was sent in part is kept, one at a time.

    Its plain bytes count as written once the whole record is sent, and are offered again until
    then: so the connection's backlog is right, and no more than a record is held here.
    """

    __slots__ = ("_excess", "_finished", "_kept", "_kept_for", "_session")

    def __init__(self, plain: socket.socket, watcher: Watcher, session: Session) -> None:
        super().__init__(plain, watcher)
        self._session = session
        self._kept = b""  # encrypted, not yet sent
        self._kept_for = 0  # plain bytes in it: the first of the next ``write``
        self._excess = 0  # bytes of TLS that no content has paid for
        self._finished = False

    def write(self, data: bytes) -> int:
        """Encrypt and send as much as the kernel takes now, in whole records."""
        taken = 0
        while self._send_kept():
            taken += self._kept_for
            self._kept_for = 0
            if taken == len(data):
                break
            part = data[taken : taken + RECORD]
            self._kept = self._session.seal(part)
            self._kept_for = len(part)
        return taken

    def read(self) -> bytes | None:
        """Decrypt what has come; may raise ``ssl.SSLError``."""
        data = super().read()
        if not data or self._finished:  # then it is only counted
            return data
        self._session.feed(data)
        try:
            opened = self._session.opened()
        finally:
            self._answer(self._session.owed())
        self._excess = max(0, self._excess + len(data) - (WORTH + 1) * len(opened))
        if self._excess > EXCESS:
            raise ssl.SSLError("the peer sends TLS without content")
        if self._session.ended:
            # The peer may never end the socket itself: make an end to be read.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RD)
            return opened
        return opened or None

    def finish(self) -> None:
        """Send close_notify, where there is room for it, and end our side."""
        self._finished = True
        if not self._kept:
            with suppress(OSError):
                self._socket.send(self._session.goodbye())
        super().finish()

    def _send_kept(self) -> bool:
        """Send the kept record; returns whether nothing is kept any more."""
        if self._kept:
            sent = super().write(self._kept)
            self._kept = self._kept[sent:]
        return not self._kept

    def _answer(self, owed: bytes) -> None:
        """Send TLS's own bytes; any that the kernel does not take go before the next record."""
        if not owed:
            return
        self._kept += owed
        with suppress(OSError):  # a broken socket is met again
            self._send_kept()
