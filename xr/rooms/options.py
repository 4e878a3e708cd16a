"""The options of a room: what its owners can set. An operator's settings hold for all rooms."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from xr.roles import SILENCED, Capability, Role, may
from xr.rooms.ledger import Ledger, Save


class Who(StrEnum):
    """The least role that may do something in a room."""

    EVERYBODY = "everybody"
    MEMBERS = "members"
    MODERATORS = "moderators"


_LEAST: Mapping[Who, Role] = {
    Who.EVERYBODY: Role.GUEST,
    Who.MEMBERS: Role.MEMBER,
    Who.MODERATORS: Role.MODERATOR,
}


class Options(msgspec.Struct, frozen=True):
    """The options of one room.

    ``password`` is a hash; ``password_epoch`` grows with each change of it. ``capacity`` is a
    number of users, None where only the operator's setting counts.
    """

    name: str = ""
    listed: bool = True
    locked: bool = False
    password: str | None = None
    password_epoch: int = 0
    capacity: int | None = None
    always_spawn: bool = False
    who_may_build: Who = Who.MEMBERS
    who_may_speak: Who = Who.EVERYBODY
    voice: bool = True

    @property
    def guarded(self) -> bool:
        """Whether not everybody may come in."""
        return self.locked or self.password is not None

    def narrow(self, limit: int) -> int:
        """The most users, where a server allows ``limit``; 0 is no limit."""
        return min(limit or self.capacity, self.capacity) if self.capacity else limit

    def allow(self, role: Role, capability: Capability | None, *, muted: bool = False) -> bool:
        """Whether a user with this role, who may be muted, has the capability in this room.

        The options narrow or widen the table of roles. An upload is a part of building, and is
        never a guest's.
        """
        if muted and capability in SILENCED:
            return False
        if capability is Capability.BUILD:
            return _reaches(role, self.who_may_build)
        if capability is Capability.UPLOAD:
            return may(role, capability) and _reaches(role, self.who_may_build)
        if capability is Capability.SPEAK:
            return self.voice and _reaches(role, self.who_may_speak)
        return may(role, capability)


def _reaches(role: Role, who: Who) -> bool:
    return not _LEAST[who].outranks(role)


class OptionsLedger(Ledger[str, Any]):
    """The options of one room, true now whether written or not; changes are kept by field.

    ``restored`` is called after those of an earlier run were taken over.
    """

    def __init__(self, options: Options, save: Save, restored: Callable[[], None]) -> None:
        super().__init__("options", save)
        self.current = options
        self._restored = restored

    def put(self, key: str, value: Any) -> None:
        """Change one field."""
        super().put(key, value)
        self.current = msgspec.structs.replace(self.current, **{key: value})

    def restore(self, unsaved: Mapping[str, Any]) -> None:
        """Take over the changes that an earlier run of the room could not write."""
        super().restore(unsaved)
        self.current = msgspec.structs.replace(self.current, **unsaved)
        if unsaved:
            self._restored()
