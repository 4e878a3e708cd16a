"""A client's outbox: it sends frames, or notes the keys that a lagging client has missed.

The reflector task owns it. Bound and policy: frames of single events queue in the transport, which
closes a client whose queue is full (1013); merged events are not queued behind others, only their
keys are remembered, at most one entry for each key that the room has.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from xr.events import Event
from xr.rooms.protocols import Client

Merged = Mapping[str, Event]
"""The newest event of one kind by key."""

Encode = Callable[[Merged], bytes]


class Step:
    """A step of the stream as frames: of a single event, or of merged ones (``merged``)."""

    __slots__ = ("frames", "kind", "merged")

    def __init__(self, frames: bytes, kind: type[Event], merged: Merged | None = None) -> None:
        self.frames = frames
        self.kind = kind
        self.merged = merged


class Outbox:
    """Sends a client its frames; while it lags, merged events are left out and sent later."""

    __slots__ = ("_missed", "client")

    def __init__(self, client: Client) -> None:
        self.client = client
        self._missed: dict[type[Event], set[str]] = {}

    @property
    def waiting(self) -> bool:
        """True while the client lacks merged events that others have."""
        return bool(self._missed)

    def deliver(self, together: bytes, steps: Sequence[Step]) -> bool:
        """Send one tick: ``together`` is the frames of all ``steps`` in a row. True if it lags."""
        client = self.client
        if not client.behind and not self._missed:
            client.send(together)
            return False
        for step in steps:
            if step.merged is None:
                client.send(step.frames)
            else:
                self.miss(step.kind, step.merged)
        return True

    def miss(self, kind: type[Event], keys: Iterable[str]) -> None:
        """Note keys of which the client lacks the newest event."""
        self._missed.setdefault(kind, set()).update(keys)

    def catch_up(self, newest: Mapping[type[Event], Merged], encode: Encode) -> None:
        """Send the newest event of each missed key, if the connection has room for it again."""
        if self.client.behind or not self._missed:
            return
        frames = []
        for kind, keys in self._missed.items():
            # In the room's order, and not the set's: the same run then writes the same bytes.
            missed = {key: event for key, event in newest.get(kind, {}).items() if key in keys}
            if missed:
                frames.append(encode(missed))
        self._missed.clear()
        if frames:
            self.client.send(b"".join(frames))
