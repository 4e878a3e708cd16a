"""The needs of a socket: what carries its frames."""

from typing import Protocol


class Transport(Protocol):
    """The carrier of a socket's frames. Nothing here waits.

    ``send`` and ``close`` may end it; ``Socket.closed`` is called after they have returned.
    """

    @property
    def open(self) -> bool:
        """False once it has ended, also while ``Socket.closed`` is still to come."""
        ...

    @property
    def behind(self) -> bool:
        """True while frames wait for the network."""
        ...

    @property
    def silent(self) -> bool:
        """True while the peer answers nothing; ``Socket.set_silent`` tells when that changes."""
        ...

    def send(self, frames: bytes) -> None:
        """Send whole frames, or queue them up to a bound; over it the connection closes."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and end."""
        ...
