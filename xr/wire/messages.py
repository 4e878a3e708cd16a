"""The payload of every intent and event, as structs with bounds; ``tables.py`` has their names.

The server decodes and encodes by the structs; ``make generate`` makes types and documents from
them, from the events of ``xr/events.py`` and from what the features declare.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta as Bounds

from xr.pose import Placement, Pose, Quaternion, Vector
from xr.profile import Profile
from xr.roles import Role

LONGEST_TAB = 64
LONGEST_PASSWORD = 100
LONGEST_INVITE = 200

Poses = Literal["json", "batch", "binary"]
"""How a client wants poses: a frame for each pose, a frame a tick, or a binary frame a tick."""

Number = Annotated[int, Bounds(ge=0, le=65_535)]
"""A user's ``n``: unique among those present, given out anew only after ``user_left``."""

SomeUser = Annotated[str, Bounds(min_length=1, max_length=100, pattern="^[^\\u0000]+$")]
"""A user's id, of somebody who is present or away."""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A JSON object on the wire. Keys that are not known are ignored, defaults are left out."""


class Empty(Message, frozen=True, kw_only=True):
    """A payload or response that has nothing to say."""


class Join(Message, frozen=True, kw_only=True):
    """Payload of ``phx_join``."""

    poses: Poses = "json"
    """How you want the poses of others: ``"json"`` (default), ``"batch"`` or ``"binary"``"""

    stamps: bool = False
    """With ``"poses": "binary"``: poses come as ``poses_at``, with the time of their tick"""

    tab: Annotated[str, Bounds(max_length=LONGEST_TAB)] | None = None
    """A random id that you keep over reconnects. A join with the same user and tab takes the place
    of your earlier connection; without it each connection counts until it is known to be dead"""

    voice: Annotated[int, Bounds(ge=0, le=1)] = 0
    """1: send me the packets of those who talk near me, as the binary event ``voice``"""

    fingers: bool = False
    """Tell me how the fingers of others are bent"""

    password: Annotated[str, Bounds(max_length=LONGEST_PASSWORD)] | None = None
    """The password of the room, if it has one. Once given, it holds until it changes"""

    invite: Annotated[str, Bounds(max_length=LONGEST_INVITE)] | None = None
    """The text behind ``?invite=`` in the link by which you came. It lets you in without a
    password and through a lock, and gives you its role"""


class Reply(Message, frozen=True, kw_only=True):
    """Payload of ``phx_reply``: the response of the intent, or a ``Refusal`` with ``error``."""

    status: Literal["ok", "error"]
    response: Any


class Refusal(Message, frozen=True, kw_only=True):
    """The response of an error reply."""

    reason: str
    """One of the reasons, word for word"""

    detail: str | None = None
    """A sentence that says more"""

    retry_after: Annotated[float, Bounds(ge=0)] | None = None
    """Seconds until another try is allowed"""


class Ended(Message, frozen=True, kw_only=True):
    """A membership is over: payload of ``phx_close`` and ``phx_error``."""

    reason: str | None = None
    """One of the reasons; left out where you know"""


Mic = Literal["off", "on", "muted"]
"""A user's microphone: switched off, switched on, or silenced by a moderator."""


class UserState(Message, frozen=True, kw_only=True):
    """The state of a user beside the pose, as others know it."""

    name: str
    color: str
    """``#rrggbb``"""

    avatar: str
    """The kind of avatar"""

    role: Role
    mic: Mic
    hand: bool
    """Whether the hand is raised"""

    hand_at: int | None = None
    """When it went up, in unix milliseconds: the order of the hands. Only while it is up"""
    stage: bool = False
    """Whether the user is on the stage, heard everywhere in the room"""

    away: bool = False
    """Whether they look elsewhere: their page is hidden, or their headset lies aside"""

    silent: bool = False
    """Whether nothing comes from them, not even the answer to a ping: for 5 seconds or longer"""


def newcomer(profile: Profile, role: Role, *, muted: bool = False) -> UserState:
    """The state of a user who has just joined."""
    fields = msgspec.structs.asdict(profile)
    return UserState(**fields, role=role, mic="muted" if muted else "off", hand=False)


class UserPose(UserState, frozen=True, kw_only=True):
    """An entry of ``user_snapshot``: a user who is present, their number and newest pose."""

    n: Number
    position: Vector
    rotation: Quaternion
    left: Placement | None = None
    right: Placement | None = None


class UserJoined(UserState, frozen=True, kw_only=True):
    """A user's first connection came; precedes all their moves."""

    user_id: str
    n: Number
    position: Vector
    rotation: Quaternion
    left: Placement | None = None
    right: Placement | None = None


class UserChanged(Message, frozen=True, kw_only=True):
    """The state of a user is another; fields that stay as they were are left out."""

    user_id: str
    name: str | None = None
    color: str | None = None
    avatar: str | None = None
    role: Role | None = None
    mic: Mic | None = None
    hand: bool | None = None
    hand_at: int | None = None
    """With ``hand`` true"""
    stage: bool | None = None
    away: bool | None = None
    silent: bool | None = None


class UserMoved(Message, frozen=True, kw_only=True):
    """The newest pose of one user who moved in this tick; sent for the form ``json``."""

    user_id: str
    position: Vector
    rotation: Quaternion
    left: Placement | None = None
    right: Placement | None = None


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


Entities = dict[str, dict[str, Any]]
"""Entity id → component → value."""

UserSnapshot = dict[str, UserPose]
"""The users who are present, by id."""

PresenceState = dict[str, Metas]
"""The connections of the users present, by user id."""

UsersMoved = dict[str, Pose]
"""The newest pose of each user who moved in this tick, by user id."""
