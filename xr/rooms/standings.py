"""Standings: how users stand in a room, present or away. The room owns them while it is open."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import msgspec

from xr.roles import SILENCED, Capability, Role, may
from xr.rooms.ledger import Ledger, Save
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

MOST = 1_000
"""Standings that a room keeps besides those of plain guests. Full: no further one is given."""


class Bar(msgspec.Struct, frozen=True):
    """A user is kept out. Times are unix seconds; ``until`` None is for good.

    ``address`` is a keyed hash of the address that is kept out too until ``address_until``.
    """

    why: Literal["kicked", "banned"]
    until: float | None = None
    address: str = ""
    address_until: float = 0.0

    def holds(self, now: float) -> bool:
        """Whether the user is still kept out."""
        return self.until is None or now < self.until

    def holds_address(self, address: str, now: float) -> bool:
        """Whether this address is still kept out; it never is for longer than the user."""
        return bool(address) and address == self.address and now < self.address_until


class Standing(msgspec.Struct, frozen=True):
    """A user's role in a room, whether they are muted there, and whether they are kept out."""

    role: Role = Role.GUEST
    muted: bool = False
    bar: Bar | None = None

    def may(self, capability: Capability | None) -> bool:
        """Whether the user has the capability now; None is what everybody may do."""
        silenced = self.muted and capability in SILENCED
        return not silenced and may(self.role, capability)


PLAIN = Standing()
"""The standing of everybody of whom nothing is kept."""


class Standings(Ledger[str, Standing]):
    """The standings of one room by user: what is true now, written or not.

    ``changed`` is called with the user whose standing has changed.
    """

    def __init__(
        self, standings: Mapping[str, Standing], save: Save, changed: Callable[[str], None]
    ) -> None:
        super().__init__("standings", save)
        self._standings = dict(standings)
        self._changed = changed

    def __getitem__(self, user_id: str) -> Standing:
        """The user's standing; a plain one where nothing else is known."""
        return self._standings.get(user_id, PLAIN)

    def __iter__(self) -> Iterator[str]:
        """The users of whom something is kept."""
        return iter(self._standings)

    def give(self, user_id: str, role: Role) -> None:
        """Give the user a role, also one who is away.

        Raises:
            Refused: the room would be without an owner, or keeps too many standings.
        """
        standing = self[user_id]
        if standing.role is Role.OWNER and role is not Role.OWNER and self._owners() == 1:
            raise Refused(
                Reason.LAST_OWNER,
                "A room needs an owner. Make somebody else an owner first.",
            )
        self.put(user_id, msgspec.structs.replace(standing, role=role))

    def put(self, user_id: str, value: Standing) -> None:
        """Set the user's standing.

        Raises:
            Refused: the room keeps too many standings.
        """
        before = self[user_id]
        if value == before:
            return
        if user_id not in self._standings and len(self._standings) >= MOST:
            raise Refused(Reason.TOO_MANY, f"A room keeps roles, mutes and bans of {MOST} people.")
        self._note(user_id, value)
        super().put(user_id, value)
        self._changed(user_id)

    def forget(self, user_id: str) -> None:
        """Take the user's role. A mute or a ban stays: nobody lifts it by being forgotten."""
        self.put(user_id, msgspec.structs.replace(self[user_id], role=Role.GUEST))

    def restore(self, unsaved: Mapping[str, Standing]) -> None:
        """Take over the standings that an earlier run of the room could not write."""
        super().restore(unsaved)
        for user_id, standing in unsaved.items():
            self._note(user_id, standing)

    def _note(self, user_id: str, standing: Standing) -> None:
        if standing == PLAIN:
            self._standings.pop(user_id, None)
        else:
            self._standings[user_id] = standing

    def _owners(self) -> int:
        return sum(standing.role is Role.OWNER for standing in self._standings.values())
