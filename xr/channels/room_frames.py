"""The frames of one room that are the same bytes for many clients."""

from collections.abc import Mapping

import msgspec

from xr.channels.serializer import BINARY, BROADCAST, NULL, Carriage, Serializer, Wrap, serializers
from xr.events import Event, UserMoved
from xr.rooms.protocols import Form
from xr.wire.record import pack, unpack

_encode = msgspec.json.encode
_OF_RECORDS: tuple[Carriage, ...] = ("binary", "stamped")


class RoomFrames:
    """The frames of one room that are the same for all: a ``rooms.protocols.FrameEncoder``."""

    def __init__(self, room_id: str, wrap: Wrap) -> None:
        topic = f"room:{room_id}"
        name = topic.encode()
        self._wrap = wrap
        self._name = name
        self._topic = _encode(topic)
        self._forms: dict[Form, tuple[Serializer, Carriage]] = {
            form: (serializer, carriage)
            for serializer in serializers(wrap).values()
            for carriage, form in serializer.forms.items()
        }
        self._poses = _binary_head(name, b"poses")
        self._poses_at = _binary_head(name, b"poses_at")

    def binary(self, event: str, data: bytes) -> bytes:
        """A broadcast of binary data."""
        return self._wrap(BINARY, _binary_head(self._name, event.encode()) + data)

    def single(self, form: Form, event: Event) -> bytes:
        """An event that goes by itself, inside ``stoc`` or under its own name."""
        if event.in_stoc:
            return self._stoc(form, event.wire, event.payload())
        return self._broadcast(form, event.wire.encode(), event.payload())

    def merged(self, form: Form, events: Mapping[str, Event], time: float) -> bytes:
        """The newest events of one kind by key.

        Poses go in one frame unless the form is that of ``json``, and so do the records of a kind
        that has them if the form is binary; all else goes in one frame each.
        """
        _, carriage = self._forms[form]
        if carriage != "json":
            moves = {key: event for key, event in events.items() if isinstance(event, UserMoved)}
            if len(moves) == len(events):
                return self._moves(form, carriage, moves, time)
        if carriage in _OF_RECORDS:
            kind = next(iter(events.values())).records
            if kind is not None:
                return self.binary(kind, b"".join([event.record() for event in events.values()]))
        return b"".join([self.single(form, event) for event in events.values()])

    def _moves(
        self, form: Form, carriage: Carriage, moves: Mapping[str, UserMoved], time: float
    ) -> bytes:
        if carriage == "batch":
            batch = {user: unpack(move.pose) for user, move in moves.items()}
            return self._stoc(form, "users_moved", batch)
        head = self._poses_at + stamp(time) if carriage == "stamped" else self._poses
        records = [pack(move.number, move.pose) for move in moves.values()]
        return self._wrap(BINARY, head + b"".join(records))

    def _stoc(self, form: Form, event: str, payload: object) -> bytes:
        return self._broadcast(form, b"stoc", {"event": event, "payload": payload})

    def _broadcast(self, form: Form, event: bytes, payload: object) -> bytes:
        serializer, _ = self._forms[form]
        return serializer.frame(NULL, NULL, self._topic, event, _encode(payload))


def stamp(time: float) -> bytes:
    """The time of a tick on the wire: milliseconds in 16 bits, beginning anew every 65.536 s."""
    return (int(time * 1000) & 0xFFFF).to_bytes(2, "little")


def _binary_head(topic: bytes, event: bytes) -> bytes:
    return bytes((BROADCAST, len(topic), len(event))) + topic + event
