"""The two neighbours of a connection: the wire below it, and the handler above it; and a reply."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from hypercorn.typing import HTTPScope

Headers = list[tuple[bytes, bytes]]


class Reply(NamedTuple):
    """A whole answer to a request for a page, as bytes."""

    status: int
    headers: Headers
    body: bytes


AtOnce = Callable[["HTTPScope"], Reply | None]
"""Answers a request that needs no waiting, or leaves it to the app."""


class Handler(Protocol):
    """The receiver of a connection's messages."""

    @property
    def address(self) -> str:
        """The peer's address, as limits count it and the log names it."""
        ...

    def receive(self, kind: int, data: bytes) -> None:
        """Take a whole message, 1 text or 2 binary; may raise ``ConnectionFault``."""
        ...

    def set_silent(self, *, silent: bool) -> None:
        """Note that the peer answers no longer, or that it is heard again."""
        ...

    def backlog_sent(self) -> None:
        """Note that the backlog has been sent."""
        ...

    def held_back(self, since: float, now: float) -> None:
        """Note that reading was paused between these times; may raise ``ConnectionFault``."""
        ...

    def closed(self, code: int, reason: str) -> None:
        """Note that the connection has ended; called once, never within ``send`` or ``close``."""
        ...


class Wire(Protocol):
    """The transport of a connection's bytes. Nothing here waits."""

    def write(self, data: bytes) -> int:
        """Write as many of these bytes as the kernel takes now; may raise ``OSError``."""
        ...

    def want_write(self, wanted: bool) -> None:
        """Call ``Connection.writable`` when the kernel takes more, or stop to."""
        ...

    def want_read(self, wanted: bool) -> None:
        """Call ``Connection.received`` when bytes arrive, as at first, or stop to.

        While it is not wanted, the peer is not read from, and its end need not be noticed.
        """
        ...

    def finish(self) -> None:
        """End our side, after everything that was written."""
        ...

    def abort(self) -> None:
        """Release the connection now."""
        ...
