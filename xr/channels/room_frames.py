"""A room as its clients are told of it: its state for each newcomer, and frames for many."""

from collections.abc import Mapping
from typing import Any

import msgspec

from xr.channels.serializer import (
    BINARY,
    BROADCAST,
    NULL,
    Poses,
    Serializer,
    Wrap,
    serializers,
)
from xr.events import UserJoined, UserLeft
from xr.pose import Placement, Pose, Quaternion, Vector, number_push, pack_pose
from xr.rooms.protocols import Entities, Form, Seat, Told

_encode = msgspec.json.encode


class _Shown(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A user's pose as clients read it; hands only where there are any."""

    user_id: str | None = None
    n: int | None = None
    position: Vector
    rotation: Quaternion
    left: Placement | None = None
    right: Placement | None = None


def _shown(pose: Pose, user_id: str | None = None, n: int | None = None) -> _Shown:
    return _Shown(
        user_id=user_id,
        n=n,
        position=pose.position,
        rotation=pose.rotation,
        left=pose.left,
        right=pose.right,
    )


def seats_payload(seats: Mapping[str, Seat]) -> bytes:
    """The payload of a ``user_snapshot``."""
    parts = [seat.shown or _show(user, seat) for user, seat in seats.items()]
    return b"".join((b"{", b",".join(parts), b"}"))


def _show(user: str, seat: Seat) -> bytes:
    seat.shown = _encode({user: _shown(seat.pose, n=seat.number)})[1:-1]
    return seat.shown


def connections_payload(seats: Mapping[str, Seat]) -> bytes:
    """The payload of a ``presence_state``."""
    parts = [seat.counted or _count(user, seat) for user, seat in seats.items()]
    return b"".join((b"{", b",".join(parts), b"}"))


def _count(user: str, seat: Seat) -> bytes:
    seat.counted = _encode(presence_payload({user: seat.refs}))[1:-1]
    return seat.counted


def presence_payload(connections: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Connections by user, in the shape of Phoenix's presence."""
    return {
        user: {"metas": [{"phx_ref": ref} for ref in refs]} for user, refs in connections.items()
    }


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

    def snapshot(self, entities: Entities) -> bytes:
        """The payload of a ``snapshot``."""
        return _encode(entities)

    def told(self, form: Form, event: Told) -> bytes:
        """A ``stoc`` with ``user_joined`` or ``user_left``, or a ``presence_diff``."""
        if isinstance(event, UserJoined):
            shown = _shown(event.pose, event.user_id, event.number)
            return self._stoc(form, "user_joined", shown)
        if isinstance(event, UserLeft):
            return self._stoc(form, "user_left", {"user_id": event.user_id})
        payload = {
            "joins": presence_payload(event.joins),
            "leaves": presence_payload(event.leaves),
        }
        return self._broadcast(form, b"presence_diff", payload)

    def moved(self, form: Form, seats: Mapping[str, Seat]) -> bytes:
        """The poses of these users in the form: one frame, or with ``json`` one for each."""
        _, poses = self._forms[form]
        if poses == "binary":
            records = [
                number_push(seat.number, seat.record)
                if seat.record
                else pack_pose(seat.number, seat.pose)
                for seat in seats.values()
            ]
            return self._wrap(BINARY, self._poses + b"".join(records))
        if poses == "batch":
            moved = {user: seat.pose for user, seat in seats.items()}
            return self._stoc(form, "users_moved", moved)
        return b"".join(
            [
                self._stoc(form, "user_moved", _shown(seat.pose, user))
                for user, seat in seats.items()
            ]
        )

    def _stoc(self, form: Form, event: str, payload: object) -> bytes:
        return self._broadcast(form, b"stoc", {"event": event, "payload": payload})

    def _broadcast(self, form: Form, event: bytes, payload: Mapping[str, Any]) -> bytes:
        serializer, _ = self._forms[form]
        return serializer.frame(NULL, NULL, self._topic, event, _encode(payload))
