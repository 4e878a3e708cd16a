"""The client's half of Phoenix Channels, version 2, as far as a bot needs it."""

import base64
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from xr.channels.serializer import BROADCAST, PUSH
from xr.errors import InvalidPose, XrError
from xr.pose import Pose
from xr.wire.record import pack_push, unpack_poses

JOIN_REF = "1"


def subprotocols(token: str) -> list[str]:
    """The subprotocols to offer: Phoenix, and the token as the package ``phoenix`` packs it."""
    packed = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    return ["phoenix", f"base64url.bearer.phx.{packed}"]


class Received(NamedTuple):
    """A message from the server. ``payload`` is JSON, or the bytes of a binary broadcast."""

    ref: str | None
    topic: str
    event: str
    payload: Any


def push(join_ref: str | None, ref: str, topic: str, event: str, payload: Any) -> str:
    """Build a text frame."""
    return msgspec.json.encode([join_ref, ref, topic, event, payload]).decode()


def binary_push(join_ref: str, ref: str, topic: str, event: str, data: bytes) -> bytes:
    """Build a binary frame."""
    names = [text.encode() for text in (join_ref, ref, topic, event)]
    return bytes((PUSH, *map(len, names))) + b"".join(names) + data


def moved(binary: bool, ref: str, topic: str, pose: Pose) -> str | bytes:
    """Build the frame of a bot's pose."""
    if binary:
        return binary_push(JOIN_REF, ref, topic, "i_moved", pack_push(pose))
    return push(JOIN_REF, ref, topic, "i_moved", pose)


def read(frame: str | bytes) -> Received:
    """Read a frame of the server's.

    Raises:
        XrError: it is none.
    """
    try:
        if isinstance(frame, str):
            _, ref, topic, event, payload = msgspec.json.decode(frame)
            return Received(ref, topic, event, payload)
        return _read_broadcast(frame)
    except (ValueError, TypeError, IndexError) as error:  # msgspec's errors are ValueErrors
        raise XrError(f"the server sent something that is no message: {error}") from error


def _read_broadcast(frame: bytes) -> Received:
    kind, topic_size, event_size = frame[:3]
    if kind != BROADCAST:
        raise ValueError(f"a binary message of kind {kind}")
    end = 3 + topic_size + event_size
    names = frame[3:end].decode()
    return Received(None, names[:topic_size], names[topic_size:], frame[end:])


@lru_cache(maxsize=8)
def poses(data: bytes) -> dict[int, Pose]:
    """Poses by ``n``. All bots of a room get the same bytes, which are read only once.

    Raises:
        XrError: not made of pose records.
    """
    try:
        return unpack_poses(data)
    except InvalidPose as error:
        raise XrError(f"the server sent poses that are none: {error}") from error
