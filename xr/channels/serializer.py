"""Frames of the Phoenix Channels protocol, version 2, to messages and back.

The protocol's own description is ``V2.JSONSerializer`` of the Phoenix framework; docs/protocol.md
has ours. The envelope is decoded first and the payload is left as it came, so that a payload that
is wrong can be answered under its ref.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from xr.errors import CloseCode, ConnectionFault
from xr.events import ConnectionsChanged, UserJoined, UserLeft
from xr.pose import Placement, Pose, Quaternion, Vector, number_push, pack_pose
from xr.rooms.protocols import Entities, Form, Seat

TEXT, BINARY = 1, 2
"""Kinds of frame, by their websocket opcode."""

Wrap = Callable[[int, bytes], bytes]
"""Opcode and payload to a whole frame as it goes on the wire."""

PUSH, REPLY, BROADCAST = 0, 1, 2
"""Kinds of binary message."""

NULL = b"null"
_LONGEST_REF = 64
_I_MOVED = len(b"i_moved")


class Message(msgspec.Struct, frozen=True):
    """A client's message. Refs are the JSON text of a string, number or null, as they came."""

    join_ref: bytes
    ref: bytes
    topic: str
    event: str
    payload: bytes | msgspec.Raw
    binary: bool = False


class _Envelope(msgspec.Struct, array_like=True, frozen=True):
    join_ref: msgspec.Raw
    ref: msgspec.Raw
    topic: str
    event: str
    payload: msgspec.Raw


_envelope = msgspec.json.Decoder(_Envelope)
_encode = msgspec.json.encode


def decode_text(data: bytes) -> Message:
    """Read a text frame.

    Raises:
        ConnectionFault: 1007, not a JSON array of five or more with refs, topic and event.
    """
    try:
        envelope = _envelope.decode(data)
        join_ref, ref = _ref(envelope.join_ref), _ref(envelope.ref)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConnectionFault(CloseCode.INVALID_DATA, f"not a message: {error}") from error
    return Message(join_ref, ref, envelope.topic, envelope.event, envelope.payload)


def _ref(raw: msgspec.Raw) -> bytes:
    text = bytes(raw)
    if text[:1] in b'{[tf"' and not isinstance(msgspec.json.decode(text), str):
        raise msgspec.DecodeError("a ref is a string, a number or null")
    if len(text) > _LONGEST_REF:
        raise msgspec.DecodeError(f"a ref has at most {_LONGEST_REF} bytes")
    return text


def decode_binary(data: bytes) -> Message:
    """Read a binary frame: a push.

    Raises:
        ConnectionFault: 1002, empty, cut off, not a push, or a name that is not UTF-8.
    """
    if len(data) < 5 or data[0] != PUSH:
        raise ConnectionFault(CloseCode.PROTOCOL_ERROR, "not a binary push")
    a = 5 + data[1]
    b = a + data[2]
    c = b + data[3]
    d = c + data[4]
    if len(data) < d:
        raise ConnectionFault(CloseCode.PROTOCOL_ERROR, "a binary push that is cut off")
    try:
        return Message(
            _binary_ref(data[5:a]),
            _binary_ref(data[a:b]),
            data[b:c].decode(),
            data[c:d].decode(),
            data[d:],
            binary=True,
        )
    except UnicodeDecodeError as error:
        raise ConnectionFault(CloseCode.PROTOCOL_ERROR, "a name that is not UTF-8") from error


def pose_record(data: bytes, join_ref: bytes, name: bytes) -> bytes | None:
    """The record in a binary ``i_moved`` push, if that is what ``data`` is, else None.

    The same as ``decode_binary`` would find, but without making a message of it, which costs more
    than all the rest; ``join_ref`` and ``name``, topic and event in one, are of a membership.
    """
    if len(data) < 5 or data[0] != PUSH:
        return None
    a = 5 + data[1]
    b = a + data[2]
    d = b + data[3] + data[4]
    if data[4] != _I_MOVED or data[5:a] != join_ref or data[b:d] != name:
        return None
    return data[d:]


def _binary_ref(data: bytes) -> bytes:
    if data == NULL:  # as the npm package writes it
        return NULL
    if data.isalnum():
        return b'"' + data + b'"'
    return _encode(data.decode()) if data else NULL


def same_ref(one: bytes, other: bytes) -> bool:
    """Whether two refs mean the same; binary frames know only strings, so 3 equals "3"."""
    return one == other or one.strip(b'"') == other.strip(b'"')


def message_frame(
    wrap: Wrap, join_ref: bytes, ref: bytes, topic: bytes, event: bytes, payload: bytes
) -> bytes:
    """A whole text frame. All but ``event`` are JSON texts; ``event`` is a plain name."""
    return wrap(
        TEXT,
        b"".join((b"[", join_ref, b",", ref, b",", topic, b',"', event, b'",', payload, b"]")),
    )


def reply_frame(
    wrap: Wrap, message: Message, topic: bytes, status: str, response: Mapping[str, Any]
) -> bytes:
    """The ``phx_reply`` to a message."""
    payload = _encode({"status": status, "response": response})
    return message_frame(wrap, message.join_ref, message.ref, topic, b"phx_reply", payload)


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
        self._poses = bytes((BROADCAST, len(name), len(b"poses"))) + name + b"poses"

    def snapshot(self, entities: Entities) -> bytes:
        """The payload of a ``snapshot``."""
        return _encode(entities)

    def joined(self, event: UserJoined) -> bytes:
        """A ``stoc`` with ``user_joined``: who, ``n``, and the pose."""
        return self._stoc("user_joined", _shown(event.pose, event.user_id, event.number))

    def left(self, event: UserLeft) -> bytes:
        """A ``stoc`` with ``user_left``."""
        return self._stoc("user_left", {"user_id": event.user_id})

    def connections_changed(self, event: ConnectionsChanged) -> bytes:
        """A ``presence_diff``."""
        payload = {
            "joins": presence_payload(event.joins),
            "leaves": presence_payload(event.leaves),
        }
        return self._broadcast(b"presence_diff", payload)

    def moved(self, form: Form, seats: Mapping[str, Seat]) -> bytes:
        """The poses of these users in the form: one frame, or with ``json`` one for each."""
        if form == "binary":
            records = [
                number_push(seat.number, seat.record)
                if seat.record
                else pack_pose(seat.number, seat.pose)
                for seat in seats.values()
            ]
            return self._wrap(BINARY, self._poses + b"".join(records))
        if form == "batch":
            return self._stoc("users_moved", {user: seat.pose for user, seat in seats.items()})
        return b"".join(
            [self._stoc("user_moved", _shown(seat.pose, user)) for user, seat in seats.items()]
        )

    def _stoc(self, event: str, payload: object) -> bytes:
        return self._broadcast(b"stoc", {"event": event, "payload": payload})

    def _broadcast(self, event: bytes, payload: Mapping[str, Any]) -> bytes:
        return message_frame(self._wrap, NULL, NULL, self._topic, event, _encode(payload))
