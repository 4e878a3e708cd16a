"""One client's box between the reflector and its connection: frames now, or what it missed.

The reflector task owns it. Bound and policy: frames of joins and leaves queue in the transport,
which closes a client whose queue is full (1013); tick frames are not queued behind others, only the
users that they moved are remembered, at most one entry for each user of the room.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from xr.rooms.protocols import Client, Seat

Encode = Callable[[Mapping[str, Seat]], bytes]


class Frames:
    """What one step of the stream became: frames, and the users if it was only their moves."""

    __slots__ = ("data", "moved")

    def __init__(self, data: bytes, moved: Iterable[str] | None = None) -> None:
        self.data = data
        self.moved = moved


class Outbox:
    """Hands a client its frames; drops ticks while it lags and then catches up."""

    __slots__ = ("_missed", "client")

    def __init__(self, client: Client) -> None:
        self.client = client
        self._missed: set[str] = set()

    @property
    def waiting(self) -> bool:
        """True while the client lacks poses that others have."""
        return bool(self._missed)

    def deliver(self, together: bytes, steps: Sequence[Frames]) -> bool:
        """Send one tick: ``together`` is the frames of all ``steps`` in a row. True if it lags."""
        client = self.client
        if not client.behind and not self._missed:
            client.send(together)
            return False
        for step in steps:
            if step.moved is None:
                client.send(step.data)
            else:
                self._missed.update(step.moved)
        return True

    def catch_up(self, seats: Mapping[str, Seat], encode: Encode) -> None:
        """Send what was missed as one frame, if the connection has room for it again."""
        if self.client.behind or not self._missed:
            return
        # In the room's order, and not the set's: the same run then writes the same bytes.
        missed = {user_id: seat for user_id, seat in seats.items() if user_id in self._missed}
        self._missed.clear()
        if missed:
            self.client.send(encode(missed))
