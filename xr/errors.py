"""The errors of the house, one short tree.

XrError
├── SettingsError       a setting that cannot be used; the message says which and why
├── StoreError          the database cannot be used or is held by another server
│   └── ValueRefused    the database will never take this value
├── RequestRefused      somebody asked for what cannot be done; the message tells them why
│   └── NotFound        the room or the user is not there
├── InvalidPose         a client's pose that is not one; answered under its ref
├── Refused             a join or an intent that is not granted; see ``wire/refusals.py``
├── RoomFault           a room cannot go on; its clients get ``phx_error`` and rejoin
└── ConnectionFault     ends one connection; carries the websocket close code
"""

from enum import IntEnum


class CloseCode(IntEnum):
    """Websocket close codes that the server sends (RFC 6455 section 7.4.1, IANA registry).

    The docstring of each says why, and whether a client comes back; ``make generate`` makes the
    table of docs/protocol.md from it.
    """

    NORMAL = 1000
    """You were removed (reason ``kicked`` or ``forgotten``); a ``phx_close`` with that reason came
    before it for each membership. Then: **no**: recent versions of phoenix.js connect again, but
    do not join again; to stay away, call ``socket.disconnect()``."""
    PROTOCOL_ERROR = 1002
    """A binary frame or the websocket framing is broken. Then: after a repair."""
    INVALID_DATA = 1007
    """A text frame is not a JSON array of five (version 1: an object), or not UTF-8. Then:
    after a repair."""
    POLICY = 1008
    """More than the limits below came for too long, or far too many pings or fragments at
    once. Then: more slowly."""
    TOO_BIG = 1009
    """A message is too long; see the limits below. Then: after a repair."""
    FAULT = 1011
    """A fault of the server, or nothing was heard for too long. Then: yes."""
    RESTART = 1012
    """The server restarts. Then: yes, with a pause that differs between clients."""
    TRY_LATER = 1013
    """You read too slowly, or came as one too many. Then: later."""


class XrError(Exception):
    """Anything that this project raises on purpose."""


class SettingsError(XrError):
    """A setting has a value that cannot be used."""


class StoreError(XrError):
    """The database cannot be opened, migrated, or is in use by another server."""


class ValueRefused(StoreError):
    """A value is out of the bounds of its table: to write it again is of no use."""


class RequestRefused(XrError):
    """Something was asked for that cannot be done; the message says why, to the one who asked."""


class NotFound(RequestRefused):
    """There is no such room, or no such user."""


class InvalidPose(XrError):
    """A pose with a wrong shape, a number out of bounds, or a rotation without direction."""


class RoomFault(XrError):
    """A room is in a state from which only a restart helps."""


class ConnectionFault(XrError):
    """One connection must end with ``code``; ``reason`` is sent with it and logged."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(f"{code.value} {reason}")
        self.code = code
        self.reason = reason


def first_of(error: BaseException) -> BaseException:
    """The error itself; of the group that a nursery raises, the first error in it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
