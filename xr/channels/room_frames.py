"""The frames of one room that are the same bytes for many clients."""

from collections.abc import Mapping

import msgspec

from xr.channels.serializer import BINARY, BROADCAST, NULL, Serializer, Wrap, serializers
from xr.events import Event, UserMoved
from xr.rooms.protocols import Form
from xr.wire.messages import Poses
from xr.wire.record import pack, unpack

_encode = msgspec.json.encode


class RoomFrames:
    """The frames of one room that are the same for all: a ``rooms.protocols.FrameEncoder``."""

    def __init__(self, room_id: str, wrap: Wrap) -> None:
        topic = f"room:{room_id}"
        name = topic.encode()
        self._wrap = wrap
        self._topic = _encode(topic)
        self._forms: dict[Form, tuple[Serializer, Poses]] = {
            form: (serializer, poses)
            for serializer in serializers(wrap).values()
            for poses, form in serializer.forms.items()
        }
        self._poses = bytes((BROADCAST, len(name), len(b"poses"))) + name + b"poses"

    def single(self, form: Form, event: Event) -> bytes:
        """An event that goes by itself, inside ``stoc`` or under its own name."""
        if event.in_stoc:
            return self._stoc(form, event.wire, event.payload())
        return self._broadcast(form, event.wire.encode(), event.payload())

    def merged(self, form: Form, events: Mapping[str, Event]) -> bytes:
        """The newest events of one kind by key.

        Poses go in one frame in the forms of ``binary`` and ``batch``; all else in one frame each.
        """
        _, poses = self._forms[form]
        if poses != "json":
            moves = {key: event for key, event in events.items() if isinstance(event, UserMoved)}
            if len(moves) == len(events):
                return self._moves(form, poses, moves)
        return b"".join([self.single(form, event) for event in events.values()])

    def _moves(self, form: Form, poses: Poses, moves: Mapping[str, UserMoved]) -> bytes:
        if poses == "binary":
            records = [pack(move.number, move.pose) for move in moves.values()]
            return self._wrap(BINARY, self._poses + b"".join(records))
        batch = {user: unpack(move.pose) for user, move in moves.items()}
        return self._stoc(form, "users_moved", batch)

    def _stoc(self, form: Form, event: str, payload: object) -> bytes:
        return self._broadcast(form, b"stoc", {"event": event, "payload": payload})

    def _broadcast(self, form: Form, event: bytes, payload: object) -> bytes:
        serializer, _ = self._forms[form]
        return serializer.frame(NULL, NULL, self._topic, event, _encode(payload))
