"""What a connection has on its two sides: the wire below it, and the handler above it."""

from typing import Protocol


class Handler(Protocol):
    """What a connection's messages go to."""

    @property
    def address(self) -> str:
        """The peer's address, as limits count it and the log names it."""
        ...

    def receive(self, kind: int, data: bytes) -> None:
        """Take a whole message, 1 text or 2 binary; may raise ``ConnectionFault``."""
        ...

    def drained(self) -> None:
        """All that waited has been sent."""
        ...

    def held_back(self, since: float, now: float) -> None:
        """Nothing was read between these times, as too much came; may raise ``ConnectionFault``."""
        ...

    def closed(self, code: int, reason: str) -> None:
        """The connection has ended; called once, and never within ``send`` or ``close``."""
        ...


class Wire(Protocol):
    """What moves a connection's bytes. Nothing here waits."""

    def write(self, data: bytes) -> int:
        """Take as many of these bytes as go now; may raise ``OSError``."""
        ...

    def want_write(self, wanted: bool) -> None:
        """Call ``Connection.writable`` when more would go; or no longer."""
        ...

    def want_read(self, wanted: bool) -> None:
        """Call ``Connection.received`` when something has come, as at first; or no longer.

        While it is not wanted, the peer is not read from, and its end need not be noticed.
        """
        ...

    def finish(self) -> None:
        """Nothing more will be written: let the peer see the end."""
        ...

    def abort(self) -> None:
        """Let go of the connection now."""
        ...
