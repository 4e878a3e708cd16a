"""A ``phx_join`` before any room hears of it: its topic and its payload."""

from collections.abc import Callable

import msgspec

from xr.channels.serializer import Message, Serializer
from xr.wire.messages import Join
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

TOPICS = 8
"""Rooms that one socket may be in at a time; a further join is refused."""
_LONGEST_TOPIC = 200
_decoder = msgspec.json.Decoder(Join)


def read_join(
    message: Message, serializer: Serializer, topics: int, allowed: Callable[[], bool]
) -> Join:
    """The payload of a join that may go to its room.

    ``topics`` are on the socket already; ``allowed`` asks the rate of joins, and is only asked for
    a join that is one.

    Raises:
        Refused: it may not.
    """
    if not message.topic.startswith("room:") or len(message.topic.encode()) > _LONGEST_TOPIC:
        raise Refused(Reason.UNMATCHED_TOPIC)
    if message.binary:
        raise Refused(Reason.INVALID_JOIN, "the payload is JSON")
    if topics >= TOPICS:
        raise Refused(Reason.TOO_MANY_TOPICS)
    if not allowed():
        raise Refused(Reason.TOO_MANY_JOINS)
    try:
        payload = _decoder.decode(message.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Reason.INVALID_JOIN, str(error)) from error
    if payload.poses not in serializer.forms:
        raise Refused(Reason.INVALID_JOIN, f"version 1 (vsn) has no {payload.poses} poses")
    if payload.voice and "binary" not in serializer.forms:
        raise Refused(Reason.INVALID_JOIN, "version 1 (vsn) has no voice")
    return payload
