"""The needs of pages and operators of a store, beyond those of a room (``rooms/protocols.py``)."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from xr.errors import RequestRefused
from xr.pose import Pose
from xr.profile import Profile
from xr.roles import Role
from xr.rooms.audit import Act
from xr.rooms.entities import Entities
from xr.rooms.protocols import Line, RoomRecord, RoomStore
from xr.rooms.standings import Standing

SEEN_STEP = 3600.0
"""Seconds in which a user is noted as seen once."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read as something else


class RoomsFull(RequestRefused):
    """There are as many rooms as there may be; the message says so."""

    def __init__(self, most: int) -> None:
        super().__init__(f"This server keeps {most} rooms at most: one must be deleted first.")


class RoomSummary(msgspec.Struct, frozen=True):
    """One line of the list of rooms. ``created_at`` is unix seconds, ``made_by`` a user or None.

    ``roles`` are those of all users who are more than a guest. ``listed`` is shown to everybody,
    ``guarded`` is locked or has a password; ``kind`` is that of its things, "" where they say none.
    """

    room_id: str
    name: str
    created_at: float
    made_by: str | None = None
    roles: Mapping[str, Role] = {}
    listed: bool = True
    guarded: bool = False
    kind: str = ""

    def role_of(self, user_id: str | None) -> Role:
        """The role of a user; None is nobody."""
        return Role.GUEST if user_id is None else self.roles.get(user_id, Role.GUEST)


class UserSummary(msgspec.Struct, frozen=True):
    """One line of the list of users: unix seconds, noted to the hour (``SEEN_STEP``)."""

    user_id: str
    first_seen: float
    last_seen: float


class UserRecord(msgspec.Struct, frozen=True):
    """A user as they are kept: ``seen`` and ``profile``, None if there are none, and all else by
    the room's id.

    ``let_in`` are the rooms whose password they gave, ``invites`` the ids of invites they made.
    """

    seen: UserSummary | None = None
    profile: Profile | None = None
    poses: Mapping[str, Pose] = {}
    standings: Mapping[str, Standing] = {}
    lines: Mapping[str, Sequence[Line]] = {}
    let_in: Sequence[str] = []
    invites: Mapping[str, Sequence[str]] = {}


class Rooms(Protocol):
    """The rooms there are, as pages and operators make, change and delete them."""

    @property
    def revision(self) -> int:
        """A number that grows with each change of the result of ``list_rooms``, once it is done."""
        ...

    async def list_rooms(self) -> list[RoomSummary]:
        """All rooms, the newest first."""
        ...

    async def create_room(
        self,
        name: str,
        entities: Entities,
        made_by: str | None = None,
        most: int = 0,
        *,
        listed: bool = True,
    ) -> str:
        """Make a room, of which its maker is the owner, and return its new, random, url-safe id.

        An entity without components is not kept: there is one row per component.

        Raises:
            RequestRefused: ``room_name`` refuses the name.
            RoomsFull: there are ``most`` rooms already; 0 is no limit.
        """
        ...

    async def insert_room(self, record: RoomRecord, poses: Mapping[str, Pose]) -> bool:
        """Keep a room of another place, with all of it and where users stood, by its id.

        It is made now, by nobody, and the poses are new. False when there is such a room already.

        Raises:
            RequestRefused: ``room_name`` refuses the name.
        """
        ...

    async def delete_room(self, room_id: str) -> bool:
        """Delete the room with its entities and poses; False when there is no such room."""
        ...

    async def delete_never_entered(
        self, seconds_ago: float, spared: Collection[str] = (), *, by_visitors: bool = False
    ) -> list[str]:
        """Delete the rooms made so long ago in which nobody ever was; returns their ids.

        Not those of the ids ``spared``; with ``by_visitors`` only those that a visitor made.
        """
        ...


class Users(Protocol):
    """The users who were in rooms, where they stood, and how they are forgotten.

    A user exists, and a room was entered, once a pose of theirs there was saved: a join brings one.
    """

    async def list_users(self, room_id: str | None = None) -> list[UserSummary]:
        """All users, or those with a pose in the room, the last seen first."""
        ...

    async def visited(self, user_id: str) -> set[str]:
        """The ids of the rooms in which a pose of the user is kept."""
        ...

    async def load_user(self, user_id: str) -> UserRecord:
        """All that is kept of the user, of one moment."""
        ...

    async def profiles_of(self, user_ids: Collection[str]) -> Mapping[str, Profile]:
        """The profile of each of these users: the default one if they have chosen none."""
        ...

    async def poses(self, room_id: str) -> Mapping[str, Pose]:
        """The last pose of every user who was ever in the room and is not forgotten."""
        ...

    async def forget_pose(self, user_id: str, room_id: str) -> int:
        """Forget where the user stood in the room; returns how many poses that were: 1 or 0."""
        ...

    async def forget_user(self, user_id: str) -> int:
        """Forget all that is kept of the user but mutes and bans; returns how many poses went."""
        ...

    async def forget_older_than(self, seconds_ago: float) -> int:
        """Forget poses not changed for so long; returns how many.

        Users who were not seen for so long, and have no pose, are forgotten with them.
        """
        ...

    async def forget_chat_older_than(self, seconds_ago: float) -> int:
        """Delete the lines of chat that were written so long ago, in all rooms; returns how many.

        A room that is open removes its own, and keeps those that it has not yet written.
        """
        ...


class Acts(Protocol):
    """The acts of moderation, as operators read them and as they are forgotten."""

    async def list_acts(self, room_id: str) -> list[Act]:
        """The acts of moderation in a room, the newest first."""
        ...

    async def forget_acts(self, seconds_ago: float) -> int:
        """Forget the acts from before so long; returns how many."""
        ...


class Checks(Protocol):
    """Whether the store works, as health checks and the watch ask."""

    async def check_place(self) -> None:
        """Check that written data is still in its place.

        Raises:
            StoreError: it cannot; the message says why.
        """
        ...

    async def check(self) -> None:
        """Read and write a little, to see whether the store works.

        Raises:
            StoreError: it does not; the message says why.
        """
        ...


class Store(RoomStore, Rooms, Users, Acts, Checks, Protocol):
    """All that is kept. Every method may raise ``StoreError``.

    A method that is cancelled while it waits for its turn does nothing; once begun it ends, and
    its transaction is committed whole or not at all. ``tests/store/contract/`` holds every
    implementation to these protocols.
    """


def new_room_id() -> str:
    """Eight random letters and digits: 39 bits, and a database refuses the same one again."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))
