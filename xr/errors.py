"""The errors of the house, one short tree.

XrError
├── SettingsError       a setting that cannot be used; the message says which and why
├── StoreError          the database cannot be used or is held by another server
├── InvalidPose         a client's pose that is not one; answered under its ref
├── Refused             a join or an intent that is not granted; see ``wire/refusals.py``
├── RoomFault           a room cannot go on; its clients get ``phx_error`` and rejoin
└── ConnectionFault     ends one connection; carries the websocket close code
"""

from enum import IntEnum


class CloseCode(IntEnum):
    """Websocket close codes that the server sends (RFC 6455 section 7.4.1, IANA registry)."""

    NORMAL = 1000  # phoenix clients do not come back after it: kick and ban only
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    INVALID_DATA = 1007
    POLICY = 1008
    TOO_BIG = 1009
    FAULT = 1011
    RESTART = 1012
    TRY_LATER = 1013


class XrError(Exception):
    """Anything that this project raises on purpose."""


class SettingsError(XrError):
    """A setting has a value that cannot be used."""


class StoreError(XrError):
    """The database cannot be opened, migrated, or is in use by another server."""


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
