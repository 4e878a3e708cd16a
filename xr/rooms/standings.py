"""Standings: how users stand in a room, present or away. The room owns them while it is open."""

import math
from collections.abc import Callable, Iterator, Mapping

import msgspec

from xr.roles import Role
from xr.rooms.ledger import Ledger, Save
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

MOST = 1_000
"""Standings that a room keeps besides those of plain guests. Full: no further one is given."""


class Bar(msgspec.Struct, frozen=True):
    """A user is kept out. Times are unix seconds; ``until`` None is for good.

    ``addresses`` are keyed hashes of addresses from which no guest comes until
    ``addresses_until``.
    """

    why: Reason  # KICKED or BANNED
    until: float | None = None
    addresses: tuple[str, ...] = ()
    addresses_until: float = 0.0

    def holds(self, now: float) -> bool:
        """Whether the user is still kept out."""
        return self.until is None or now < self.until

    def holds_addresses(self, now: float) -> bool:
        """Whether the addresses are still kept out; they never are for longer than the user."""
        return bool(self.addresses) and now < self.addresses_until and self.holds(now)


class Standing(msgspec.Struct, frozen=True):
    """A user's role in a room, whether they are muted there, and whether they are kept out."""

    role: Role = Role.GUEST
    muted: bool = False
    bar: Bar | None = None

    def is_barred(self, now: float) -> bool:
        """Whether the user is kept out at that time. An owner never is."""
        return self.role is not Role.OWNER and self.bar is not None and self.bar.holds(now)

    def forgotten(self) -> "Standing":
        """Without the role. A mute or a ban stays: nobody lifts it by being forgotten."""
        return msgspec.structs.replace(self, role=Role.GUEST)


PLAIN = Standing()
"""The standing of everybody of whom nothing is kept."""


def roles_of(standings: Mapping[str, Standing]) -> dict[str, Role]:
    """The roles of all users who are more than a guest, by user."""
    return {u: each.role for u, each in standings.items() if each.role is not Role.GUEST}


class Standings(Ledger[str, Standing]):
    """The standings of one room by user, as they are now, written or not.

    ``changed`` is called with the user whose standing has changed. ``mark`` makes a keyed hash of
    an address, ``now`` gives unix seconds.
    """

    def __init__(
        self,
        standings: Mapping[str, Standing],
        save: Save,
        changed: Callable[[str], None],
        mark: Callable[[str], str],
        now: Callable[[], float],
    ) -> None:
        super().__init__("standings", save)
        self._standings = dict(standings)
        self._changed = changed
        self._mark = mark
        self._now = now

    def __getitem__(self, user_id: str) -> Standing:
        """The user's standing; a plain one where nothing else is known."""
        return self._standings.get(user_id, PLAIN)

    def __iter__(self) -> Iterator[str]:
        """The users of whom something is kept."""
        return iter(self._standings)

    def refusal(self, user_id: str, address: str) -> Refused | None:
        """Why the user may not come in from this address now; None: they may.

        An address is kept from guests only, so that nobody with a role is shut out with others.
        """
        standing, now = self[user_id], self._now()
        if standing.bar is not None and standing.is_barred(now):
            return _refused(standing.bar, now)
        if standing.role is not Role.GUEST:
            return None
        barred = {
            mark
            for each in self._standings.values()
            if each.bar is not None and each.bar.holds_addresses(now)
            for mark in each.bar.addresses
        }
        if barred and self._mark(address) in barred:
            return Refused(Reason.BANNED, "Guests from your network are kept out of this room.")
        return None

    def give(self, user_id: str, role: Role) -> None:
        """Give the user a role, also one who is away. To make somebody an owner lets them in again.

        Raises:
            Refused: the room would be without an owner, or keeps too many standings.
        """
        standing = self[user_id]
        if standing.role is Role.OWNER and role is not Role.OWNER and self._owners() == 1:
            raise Refused(
                Reason.LAST_OWNER,
                "A room needs an owner. Make somebody else an owner first.",
            )
        bar = None if role is Role.OWNER else standing.bar
        self.put(user_id, msgspec.structs.replace(standing, role=role, bar=bar))

    def put(self, user_id: str, value: Standing) -> None:
        """Set the user's standing.

        Raises:
            Refused: the room keeps too many standings.
        """
        before = self[user_id]
        if value == before:
            return
        if user_id not in self._standings and len(self._standings) >= MOST:
            self._drop_old()
        if user_id not in self._standings and len(self._standings) >= MOST:
            raise Refused(Reason.TOO_MANY, f"A room keeps roles, mutes and bans of {MOST} people.")
        self._note(user_id, value)
        super().put(user_id, value)
        self._changed(user_id)

    def forget(self, user_id: str) -> None:
        """Take the user's role."""
        self.put(user_id, self[user_id].forgotten())

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

    def _drop_old(self) -> None:
        """Drop the bars that have ended."""
        now = self._now()
        for user_id, standing in list(self._standings.items()):
            if standing.bar is not None and not standing.bar.holds(now):
                self._note(user_id, msgspec.structs.replace(standing, bar=None))
                super().put(user_id, self[user_id])

    def _owners(self) -> int:
        return sum(standing.role is Role.OWNER for standing in self._standings.values())


def _refused(bar: Bar, now: float) -> Refused:
    """The refusal of somebody who is kept out; ``retry_after`` is in seconds."""
    if bar.until is None:
        return Refused(bar.why, "You are banned from this room.")
    seconds = math.ceil(bar.until - now)
    act = "A moderator has sent you out of" if bar.why is Reason.KICKED else "You are banned from"
    detail = f"{act} this room. Come back in {_duration(seconds)}."
    return Refused(bar.why, detail, retry_after=seconds)


def _duration(seconds: int) -> str:
    for unit, length in (("hour", 3600), ("minute", 60)):
        count = math.ceil(seconds / length)
        if count > 1:
            return f"{count} {unit}s"
    return "a minute"
