"""Frames of the Phoenix Channels protocol to messages and back, in its versions 1 and 2.

The protocol's own description is ``V1.JSONSerializer`` and ``V2.JSONSerializer`` of the Phoenix
framework; docs/protocol.md has ours. The envelope is decoded first and the payload is left as it
came, so that a payload that is wrong can be answered under its ref.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, Protocol

import msgspec

from xr.errors import CloseCode, ConnectionFault
from xr.rooms.protocols import Form
from xr.wire.messages import Join, Poses

TEXT, BINARY = 1, 2
"""Kinds of frame, by their websocket opcode."""

Wrap = Callable[[int, bytes], bytes]
"""Opcode and payload to a whole frame as it goes on the wire."""

Carriage = Poses | Literal["stamped"]
"""How poses travel: as a client's ``poses`` says, or binary with the time of their tick."""

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


class Serializer(Protocol):
    """One version of the protocol. It has no state; all sockets of that version share it."""

    forms: ClassVar[Mapping[Carriage, Form]]
    """How it can carry poses, and the name of what is then the same for many clients."""

    def decode(self, kind: int, data: bytes) -> Message:
        """Read a frame, 1 text or 2 binary.

        Raises:
            ConnectionFault: it is no message of this version.
        """
        ...

    def pose_record(self, data: bytes, join_ref: bytes, name: bytes) -> bytes | None:
        """The record in a binary ``i_moved`` of this membership; None if ``data`` is another."""
        ...

    def frame(
        self, join_ref: bytes, ref: bytes, topic: bytes, event: bytes, payload: bytes
    ) -> bytes:
        """A whole text frame. All but ``event`` are JSON texts; ``event`` is a plain name."""
        ...


class V1:
    """Version 1.0.0: a message is a JSON object without ``join_ref``, and no frame is binary."""

    forms: ClassVar[Mapping[Carriage, Form]] = {"json": "json 1", "batch": "batch 1"}

    def __init__(self, wrap: Wrap) -> None:
        self._wrap = wrap

    def decode(self, kind: int, data: bytes) -> Message:
        """Read a text frame."""
        if kind != TEXT:
            raise ConnectionFault(CloseCode.PROTOCOL_ERROR, "version 1 has no binary frames")
        return decode_object(data)

    def pose_record(self, data: bytes, join_ref: bytes, name: bytes) -> None:
        """No frame is a pose."""

    def frame(
        self, join_ref: bytes, ref: bytes, topic: bytes, event: bytes, payload: bytes
    ) -> bytes:
        """A whole text frame; a client of this version knows no ``join_ref``."""
        parts = (b'{"topic":', topic, b',"event":"', event, b'","payload":', payload)
        return self._wrap(TEXT, b"".join((*parts, b',"ref":', ref, b"}")))


class V2:
    """Version 2: a message is a JSON array, or binary."""

    forms: ClassVar[Mapping[Carriage, Form]] = {
        "json": "json",
        "batch": "batch",
        "binary": "binary",
        "stamped": "stamped",
    }

    def __init__(self, wrap: Wrap) -> None:
        self._wrap = wrap

    def decode(self, kind: int, data: bytes) -> Message:
        """Read a text or binary frame."""
        return decode_text(data) if kind == TEXT else decode_binary(data)

    def pose_record(self, data: bytes, join_ref: bytes, name: bytes) -> bytes | None:
        """The record in a binary ``i_moved`` of this membership; None if ``data`` is another."""
        return pose_record(data, join_ref, name)

    def frame(
        self, join_ref: bytes, ref: bytes, topic: bytes, event: bytes, payload: bytes
    ) -> bytes:
        """A whole text frame."""
        parts = (b"[", join_ref, b",", ref, b",", topic, b',"', event, b'",', payload, b"]")
        return self._wrap(TEXT, b"".join(parts))


def serializers(wrap: Wrap) -> Mapping[str, Serializer]:
    """All versions, under the names that ``negotiate`` gives them."""
    return {"1": V1(wrap), "2": V2(wrap)}


def negotiate(vsn: str) -> str | None:
    """The version to speak with a client that asks for ``vsn``; None if there is none."""
    if vsn == "1.0.0":
        return "1"
    return "2" if vsn.startswith("2.") else None


def carriage(join: Join) -> Carriage:
    """How the poses are to travel that this join asks for."""
    return "stamped" if join.stamps and join.poses == "binary" else join.poses


def reply_frame(serializer: Serializer, message: Message, status: str, response: object) -> bytes:
    """The ``phx_reply`` to a message."""
    topic = _encode(message.topic)
    payload = _encode({"status": status, "response": response})
    return serializer.frame(message.join_ref, message.ref, topic, b"phx_reply", payload)


class _Object(msgspec.Struct, frozen=True):
    topic: str
    event: str
    payload: msgspec.Raw
    ref: msgspec.Raw
    join_ref: msgspec.Raw = msgspec.Raw(NULL)


class _Envelope(msgspec.Struct, array_like=True, frozen=True):
    join_ref: msgspec.Raw
    ref: msgspec.Raw
    topic: str
    event: str
    payload: msgspec.Raw


_object = msgspec.json.Decoder(_Object)
_envelope = msgspec.json.Decoder(_Envelope)
_encode = msgspec.json.encode


def decode_object(data: bytes) -> Message:
    """Read a text frame of version 1.

    Its clients know a membership by the ref of their ``phx_join``, unless they have a join_ref.

    Raises:
        ConnectionFault: 1007, not a JSON object with topic, event, payload and ref.
    """
    try:
        found = _object.decode(data)
        join_ref, ref = _ref(found.join_ref), _ref(found.ref)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConnectionFault(CloseCode.INVALID_DATA, f"not a message: {error}") from error
    if found.event == "phx_join" and join_ref == NULL:
        join_ref = ref
    return Message(join_ref, ref, found.topic, found.event, found.payload)


def decode_text(data: bytes) -> Message:
    """Read a text frame of version 2.

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
    """Read a binary frame of version 2: a push.

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
