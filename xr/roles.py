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
    """The part that a user has in a room."""

    OWNER = "owner"
    GUEST = "guest"


_GUEST = frozenset((Capability.SPEAK, Capability.CHAT, Capability.MOVE_THINGS))

CAPABILITIES: Mapping[Role, frozenset[Capability]] = {
    Role.OWNER: frozenset(Capability),
    Role.GUEST: _GUEST,
}


def role_of(user_id: str | None, made_by: str | None) -> Role:
    """The role of a user in a room that ``made_by`` made; None is nobody."""
    return Role.OWNER if user_id is not None and user_id == made_by else Role.GUEST


def may(role: Role, capability: Capability | None) -> bool:
    """Whether a user with this role has the capability; None is what everybody may do."""
    return capability is None or capability in CAPABILITIES[role]
