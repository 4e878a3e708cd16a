"""What happens in a room: the frozen events of its stream."""

from collections.abc import Mapping
from typing import Any

import msgspec

from xr.pose import Pose


class UserJoined(msgspec.Struct, frozen=True, gc=False):
    """A user's first connection came. ``number`` is the user's ``n``, ``pose`` their place."""

    user_id: str
    number: int
    pose: Pose


class UserMoved(msgspec.Struct, frozen=True, gc=False):
    """A user who is present has a new pose; ``record`` is its binary push, if it came as one."""

    user_id: str
    pose: Pose
    record: bytes = b""


class UserLeft(msgspec.Struct, frozen=True, gc=False):
    """A user's last connection went, or its grace ran out."""

    user_id: str


class ConnectionsChanged(msgspec.Struct, frozen=True):
    """Connections of users came or went: Phoenix's presence diff, refs by user."""

    joins: Mapping[str, tuple[str, ...]]
    leaves: Mapping[str, tuple[str, ...]]


class ClientAttached(msgspec.Struct, frozen=True):
    """From here on ``client`` gets the stream. Published after its user's ``UserJoined``."""

    client: Any  # a rooms.protocols.Client; the values know nothing above them


Event = UserJoined | UserMoved | UserLeft | ConnectionsChanged | ClientAttached
