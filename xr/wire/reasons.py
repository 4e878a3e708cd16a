"""Every reason that a client can be given: for a refusal, and for an end."""

from enum import StrEnum


class Reason(StrEnum):
    """The ``reason`` of an error reply, of ``phx_close`` or ``phx_error``, or of a close frame.

    A client may compare with it word for word; a sentence for people stands in ``detail``.
    """

    # Joins
    NO_SUCH_ROOM = "no such room"
    ROOM_IS_FULL = "room is full"
    INVALID_JOIN = "invalid join"
    TOO_MANY_TOPICS = "too many topics on one socket"
    TOO_MANY_JOINS = "too many joins"
    RESTARTING = "the server is restarting"
    DATABASE = "the database cannot be read now, try again"
    ROOM_FAILED = "the room failed"
    JOINED_AGAIN = "joined again"
    GONE = "the connection is gone"
    # Pushes
    INVALID_POSE = "invalid pose"
    INVALID_PAYLOAD = "invalid payload"
    UNMATCHED_TOPIC = "unmatched topic"
    UNKNOWN_EVENT = "unknown event"
    TOO_EARLY = "too many messages before the join"
    TOO_FAST = "too fast"
    NOT_ALLOWED = "not allowed"
    # Ends of a membership or a connection
    CLOSED = "closed"
    KICKED = "kicked"
    CHANNEL_CRASH = "channel_crash"
