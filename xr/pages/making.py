"""Permission to make a room on a page, by the setting ``XR_MAKERS``."""

from collections.abc import Iterable

from xr.roles import Role
from xr.settings import Settings
from xr.store.protocol import RoomSummary

REFUSALS = {
    "members": (
        "On this server rooms are made by those who belong to one. Its operator, or an owner of a "
        "room, can make you a member."
    ),
    "operator": "On this server only its operator makes rooms.",
}


def may_make(settings: Settings, rooms: Iterable[RoomSummary], user_id: str | None) -> bool:
    """Whether this user, or a stranger (None), may make a room; ``rooms`` are those they know."""
    if settings.makers == "members":
        return any(room.role_of(user_id) is not Role.GUEST for room in rooms)
    return settings.makers == "anyone"
