"""Roles and capabilities: the one table of who may do what in a room."""

from collections.abc import Mapping
from enum import StrEnum


class Capability(StrEnum):
    """Something that a user may or may not do in a room; asked by name."""

    SPEAK = "speak"
    CHAT = "chat"
    BUILD = "build"
    MOVE_THINGS = "move_things"
    UPLOAD = "upload"
    MODERATE = "moderate"
    CONFIGURE = "configure"


class Role(StrEnum):
    """The part that a user has in a room, from the least to the most."""

    GUEST = "guest"
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"

    def outranks(self, other: "Role") -> bool:
        """Whether this role is higher than the other."""
        return _RANKS.index(self) > _RANKS.index(other)


_RANKS = tuple(Role)
_GUEST = frozenset((Capability.SPEAK, Capability.CHAT, Capability.MOVE_THINGS))
_MEMBER = _GUEST | {Capability.BUILD, Capability.UPLOAD}

CAPABILITIES: Mapping[Role, frozenset[Capability]] = {
    Role.GUEST: _GUEST,
    Role.MEMBER: _MEMBER,
    Role.MODERATOR: _MEMBER | {Capability.MODERATE},
    Role.OWNER: frozenset(Capability),
}
"""Role → capabilities. A higher role has all those of a lower one."""

SILENCED = frozenset((Capability.SPEAK, Capability.CHAT))
"""The capabilities that a user loses while they are muted."""


def may(role: Role, capability: Capability | None) -> bool:
    """Whether a user with this role has the capability; None is what everybody may do."""
    return capability is None or capability in CAPABILITIES[role]
