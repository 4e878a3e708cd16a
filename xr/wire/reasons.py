"""Every reason that a client can be given: for a refusal, and for an end."""

from enum import StrEnum


class Reason(StrEnum):
    """The ``reason`` of an error reply, a ``phx_close``, a ``phx_error`` or a close frame, and of a
    refused websocket in ``/api/door``.

    A client may compare with it word for word; a sentence for people stands in ``detail``. Close
    frames with 1002, 1007 and 1009 describe the frame that was wrong instead.
    """

    __repr__ = str.__repr__  # as it stands in the log

    # Websockets
    RESTARTING = "the server is restarting"
    FULL = "the server is full"
    ADDRESS_FULL = "too many connections from this address"
    RESTING = "too much came from this address"
    ORIGIN = "origin"
    TOKEN = "token"
    COOKIE = "cookie"
    # Joins
    NO_SUCH_ROOM = "no such room"
    ROOM_IS_FULL = "room is full"
    INVALID_JOIN = "invalid join"
    TOO_MANY_TOPICS = "too many topics on one socket"
    TOO_MANY_JOINS = "too many joins"
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
    FAULT = "a fault of the server"
    TOO_SLOW = "too slow"
    SILENT = "nothing was heard for too long"
    TOO_MANY_MESSAGES = "too many messages"
    TOO_MANY_CONTROLS = "too many pings and pongs"
    HEARTBEAT_TIMEOUT = "heartbeat timeout"  # a client's: its own heartbeat was not answered
