"""The events of a room's stream. Each says of itself how it travels; nobody else knows its kind."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from xr.roles import Capability
from xr.wire import messages
from xr.wire.record import AnyPose, unpack


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened in a room.

    A subclass is a frozen struct whose fields are what clients are told, or it overrides
    ``payload``. ``merges``, ``ends`` and ``attaches`` are names of fields of the subclass.
    """

    wire: ClassVar[str] = ""
    """The event's name on the wire; an event without one is never told."""

    in_stoc: ClassVar[bool] = True
    """Told inside the event ``stoc``, else under its own name."""

    merges: ClassVar[str | None] = None
    """The field by which a newer event of this kind replaces one that is not yet read or sent."""

    ends: ClassVar[str | None] = None
    """The field that names what is over: unsent events that merge by it are dropped."""

    attaches: ClassVar[str | None] = None
    """The field with a client who gets the stream from this event on."""

    audience: ClassVar[Capability | None] = None
    """The capability that a client needs to be told; None tells everybody."""

    wish: ClassVar[str | None] = None
    """The field of ``Join`` by which a client asks to be told; None tells everybody."""

    for_newcomers: ClassVar[bool] = False
    """With ``merges``: a newcomer is told the newest event of each key that has not ended."""

    records: ClassVar[str | None] = None
    """With ``merges``: the name under which clients of binary poses get each key's ``record``."""

    def payload(self) -> object:
        """The payload as clients read it."""
        return self

    def record(self) -> bytes:
        """The binary record, of an event that has ``records``."""
        raise NotImplementedError


class UserJoined(Event, frozen=True, gc=False):
    """A user's first connection came. ``number`` is the user's ``n``, ``pose`` their place."""

    wire: ClassVar[str] = "user_joined"

    user_id: str
    number: int
    pose: AnyPose
    state: messages.UserState

    def payload(self) -> messages.UserJoined:
        """The user, their ``n``, pose and state."""
        return messages.UserJoined(
            user_id=self.user_id,
            n=self.number,
            **pose_fields(self.pose),
            **msgspec.structs.asdict(self.state),
        )


class UserChanged(Event, frozen=True):
    """Fields of the ``UserState`` of a user who is present have changed: by name."""

    wire: ClassVar[str] = "user_changed"

    user_id: str
    changes: Mapping[str, Any]

    def payload(self) -> messages.UserChanged:
        """The user, and what changed."""
        return messages.UserChanged(user_id=self.user_id, **self.changes)


class UserMoved(Event, frozen=True, gc=False):
    """A user who is present has a new pose."""

    wire: ClassVar[str] = "user_moved"
    merges: ClassVar[str | None] = "user_id"

    user_id: str
    number: int
    pose: AnyPose

    def payload(self) -> messages.UserMoved:
        """The user and their pose."""
        return messages.UserMoved(user_id=self.user_id, **pose_fields(self.pose))


class UserLeft(Event, frozen=True, gc=False):
    """A user's last connection went, or its grace ran out; follows all their moves."""

    wire: ClassVar[str] = "user_left"
    ends: ClassVar[str | None] = "user_id"

    user_id: str


class ConnectionsChanged(Event, frozen=True):
    """Connections of users came or went: refs by user."""

    wire: ClassVar[str] = "presence_diff"
    in_stoc: ClassVar[bool] = False

    joins: Mapping[str, tuple[str, ...]]
    leaves: Mapping[str, tuple[str, ...]]

    def payload(self) -> messages.PresenceDiff:
        """The diff in the shape of Phoenix's presence."""
        return messages.PresenceDiff(
            joins={user: messages.metas(refs) for user, refs in self.joins.items()},
            leaves={user: messages.metas(refs) for user, refs in self.leaves.items()},
        )


class EntitiesChanged(Event, frozen=True):
    """Entities came, changed or went. In ``changed`` the value null removes a component."""

    wire: ClassVar[str] = "entities_changed"

    created: Mapping[str, Mapping[str, Any]] = {}
    changed: Mapping[str, Mapping[str, Any]] = {}
    deleted: tuple[str, ...] = ()


class Moderated(Event, frozen=True):
    """A moderator or owner has acted on a user: ``kick``, ``ban``, ``unban``, ``mute``, ``unmute``,
    ``role``; or on the room, with no ``user_id``: ``lock``, ``set``, ``invite``, ``revoke``; or it
    is the act of another feature. ``by`` null is the operator.
    """

    wire: ClassVar[str] = "moderated"
    audience: ClassVar[Capability | None] = Capability.MODERATE

    act: str
    user_id: str
    by: str | None
    detail: str


class ClientAttached(Event, frozen=True):
    """From here on ``client`` gets the stream. Published after its user's ``UserJoined``."""

    attaches: ClassVar[str | None] = "client"

    client: Any  # a rooms.protocols.Client; the values know nothing above them


def pose_fields(pose: AnyPose) -> dict[str, Any]:
    """The fields of a pose, for a message that has them."""
    numbers = unpack(pose)
    return {name: getattr(numbers, name) for name in numbers.__struct_fields__}
