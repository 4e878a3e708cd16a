"""The payload of every intent and event, as structs with bounds. The server decodes and encodes by
them, and what clients and readers need (types, tables, AsyncAPI) is generated from them.
"""

from typing import Annotated, Literal

import msgspec

from xr.pose import Placement, Pose, Quaternion, Vector

LONGEST_TAB = 64

Poses = Literal["json", "batch", "binary"]
"""How a client wants poses: a frame for each pose, a frame a tick, or a binary frame a tick."""

Number = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
"""A user's ``n``: unique among those present, given out anew only after ``user_left``."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A JSON object on the wire. Keys that are not known are ignored, defaults are left out."""


class Join(Message, frozen=True, kw_only=True):
    """Payload of ``phx_join``: the form of poses, and a random id of the page load.

    A join with the same user and ``tab`` takes the place of the earlier connection.
    """

    poses: Poses = "json"
    tab: Annotated[str, msgspec.Meta(max_length=LONGEST_TAB)] | None = None


class UserPose(Message, frozen=True, kw_only=True):
    """An entry of ``user_snapshot``: a user who is present, their number and newest pose."""

    n: Number
    position: Vector
    rotation: Quaternion
    left: Placement | None = None
    right: Placement | None = None


class UserJoined(Message, frozen=True, kw_only=True):
    """A user's first connection came; precedes all their moves."""

    user_id: str
    n: Number
    position: Vector
    rotation: Quaternion
    left: Placement | None = None
    right: Placement | None = None


class UserMoved(Message, frozen=True, kw_only=True):
    """The newest pose of one user who moved in this tick; sent for the form ``json``."""

    user_id: str
    position: Vector
    rotation: Quaternion
    left: Placement | None = None
    right: Placement | None = None


class UserLeft(Message, frozen=True, kw_only=True):
    """A user's last connection went; follows all their moves."""

    user_id: str


class Meta(Message, frozen=True, kw_only=True):
    """One connection of a user."""

    phx_ref: str


class Metas(Message, frozen=True, kw_only=True):
    """The connections of a user, in the shape of Phoenix's presence."""

    metas: list[Meta]


class PresenceDiff(Message, frozen=True, kw_only=True):
    """Connections that came and went, by user."""

    joins: dict[str, Metas]
    leaves: dict[str, Metas]


def metas(refs: tuple[str, ...]) -> Metas:
    """A user's connections from their refs."""
    return Metas(metas=[Meta(phx_ref=ref) for ref in refs])


UsersMoved = dict[str, Pose]
"""The newest pose of each user who moved in this tick; sent for the form ``batch``."""
