"""How users stand in rooms: an account of the acts that were obeyed, and of what is on the disk."""

from dataclasses import dataclass, field, replace
from typing import Any

import trio

from tests.simulation.timeline import Journal
from xr.rooms.room import Room
from xr.rooms.standings import Standing

OUT = 0.2
"""Seconds in which somebody who is kept out is gone everywhere."""

RANKS = ("guest", "member", "moderator", "owner")

LONGEST_STALL = 40.0
"""Seconds after which every page has read what was sent to it."""


@dataclass(frozen=True)
class Stand:
    """A role, whether muted, and until when kept out: seconds, infinity for good, or before now."""

    role: str = "guest"
    muted: bool = False
    until: float = -1.0

    def after(self, name: str, payload: Any, now: float) -> "Stand":
        """How the user stands after an act."""
        if name == "set_role":
            role = payload.role.value
            return replace(self, role=role, until=-1.0 if role == "owner" else self.until)
        if name == "mute":
            return replace(self, muted=payload.muted)
        if name == "unban":
            return replace(self, until=-1.0)
        if name == "ban":
            hours = payload.hours
            until = float("inf") if hours is None else now + hours * 3600
            return replace(self, role="guest", until=until)
        return replace(self, until=max(self.until, now + payload.minutes * 60))

    def is_out(self, now: float) -> bool:
        """Whether they are kept out."""
        return self.role != "owner" and now < self.until


@dataclass
class Account:
    """How one user stands in a room: all that the disk may have, the newest last, which holds."""

    maybe: list[Stand] = field(default_factory=lambda: [Stand()])
    dropped: int = 0  # those before, which are no longer on the disk
    changed_at: float = -1_000.0
    sent_out_at: float = -1_000.0  # by a kick or a ban, also one that was lifted since
    moderated: bool = False  # they were a moderator or an owner at some time
    doubt: bool = False  # the process has died: the disk has one of them

    @property
    def now(self) -> Stand:
        """How they stand."""
        return self.maybe[-1]


class Acts:
    """All accounts of a world, by room and user."""

    def __init__(self, journal: Journal) -> None:
        self.accounts: dict[tuple[str, str], Account] = {}
        self.done = 0
        self._journal = journal
        self._versions: dict[trio.lowlevel.Task, int] = {}

    def account(self, room_id: str, user_id: str) -> Account:
        """The account of a user."""
        return self.accounts.setdefault((room_id, user_id), Account())

    def obeyed(self, room: Room, name: str, payload: Any, rank: int) -> None:
        """A room has obeyed an act of somebody of this rank, the operator's being an owner's."""
        now, user_id = trio.current_time(), payload.user_id
        account = self.account(room.room_id, user_id)
        if name != "set_role" and rank <= RANKS.index(account.now.role):
            raise self._journal.fault("only downwards", name, user_id)
        owners = any(room.standings[each].role == "owner" for each in room.standings)
        if account.now.role == "owner" and not owners:
            raise self._journal.fault("the last owner stays", room.room_id, user_id)
        self._journal.note(room.room_id, "obeyed", name, user_id)
        self.done += 1
        account.maybe.append(account.now.after(name, payload, now))
        account.changed_at = now
        if name in ("kick", "ban"):
            account.sent_out_at = now
        account.moderated |= account.now.role in ("moderator", "owner")
        self._versions[trio.lowlevel.current_task()] = account.dropped + len(account.maybe) - 1

    def written(self, room_id: str, user_id: str) -> None:
        """The task that has asked for an act was told that it is written."""
        account = self.account(room_id, user_id)
        older = self._versions.pop(trio.lowlevel.current_task()) - account.dropped
        if older > 0:
            del account.maybe[:older]
            account.dropped += older

    def given(self, room: Room, user_id: str) -> None:
        """A user has come in by an invite, which may have given them a role."""
        account, found = self.account(room.room_id, user_id), room.standings[user_id]
        if found.role != account.now.role:
            account.maybe.append(replace(account.now, role=found.role.value))
            account.changed_at = trio.current_time()
            account.moderated |= found.role.value in ("moderator", "owner")

    def taken(self, room: Room, user_id: str) -> None:
        """A room has forgotten a user: the role goes, mutes and bans stay."""
        account = self.account(room.room_id, user_id)
        account.maybe.append(replace(account.now, role="guest"))

    def versions(self, user_id: str) -> dict[str, int]:
        """How often a user's standing has changed, by room."""
        return {
            room_id: account.dropped + len(account.maybe)
            for (room_id, user), account in self.accounts.items()
            if user == user_id
        }

    def forgot(self, user_id: str, asked: dict[str, int]) -> None:
        """The disk has no role of a user any longer but those given since it was ``asked`` to."""
        for room_id, version in asked.items():
            account = self.account(room_id, user_id)
            older = version - account.dropped
            account.maybe[:older] = [replace(each, role="guest") for each in account.maybe[:older]]

    def restarted(self) -> None:
        """A new process knows what the disk has."""
        for account in self.accounts.values():
            account.doubt = True

    def look(self, room: Room, user_id: str) -> None:
        """Hold a room's standing of a user against the account."""
        account, found = self.account(room.room_id, user_id), room.standings[user_id]
        if account.doubt:
            known = [stand for stand in account.maybe if _same(stand, found)]
            if not known:
                raise self._fault("acts outlive a crash", room, user_id, found)
            account.maybe, account.doubt = [known[-1]], False
            account.dropped = 0
        elif not _same(account.now, found):
            raise self._fault("acts hold", room, user_id, found)

    def check(self, room: Room) -> None:
        """Hold all standings of an open room against the accounts; nobody is in who is kept out."""
        now = trio.current_time()
        for (room_id, user_id), account in self.accounts.items():
            if room_id != room.room_id:
                continue
            self.look(room, user_id)
            late = now - account.changed_at > OUT
            if late and account.now.is_out(now) and user_id in room.presence.roster.users:
                raise self._fault("those kept out are out", room, user_id, room.standings[user_id])
        for client in room.members:
            if client.standing != room.standings[client.user_id] and not client.gone:
                raise self._fault("a role holds at once", room, client.user_id, client.standing)

    def came(self, room: Room, user_id: str) -> None:
        """A client was let in."""
        self.look(room, user_id)
        if self.account(room.room_id, user_id).now.is_out(trio.current_time()):
            raise self._fault("nobody comes in who is kept out", room, user_id, None)

    def may_moderate(self, room_id: str, user_id: str) -> bool:
        """Whether a user may be told of acts: they were a moderator at some time."""
        return self.account(room_id, user_id).moderated

    def was_muted(self, room_id: str, user_id: str) -> bool:
        """Whether a user was muted at some time."""
        return any(stand.muted for stand in self.account(room_id, user_id).maybe)

    def may_be_refused(self, room_id: str, user_id: str) -> bool:
        """Whether a user may be told that they are kept out: now, or a moment ago.

        A page that stalled hears of its end late, perhaps after the act was lifted.
        """
        account = self.accounts.get((room_id, user_id))
        if account is None:
            return False
        now = trio.current_time()
        lately = any(now - 5.0 < stand.until for stand in account.maybe)
        return lately or now - account.sent_out_at < LONGEST_STALL

    def is_out(self, room_id: str, user_id: str) -> bool:
        """Whether a user is kept out of a room, as far as is known."""
        account = self.accounts.get((room_id, user_id))
        return account is not None and any(s.is_out(trio.current_time()) for s in account.maybe)

    def _fault(self, rule: str, room: Room, user_id: str, found: Standing | None) -> Exception:
        account = self.account(room.room_id, user_id)
        return self._journal.fault(rule, room.room_id, user_id, found, account)


def _same(stand: Stand, found: Standing) -> bool:
    until = -1.0
    if found.bar is not None:
        until = float("inf") if found.bar.until is None else found.bar.until
    now = trio.current_time()
    over = stand.until <= now and until <= now
    return (stand.role, stand.muted) == (found.role, found.muted) and (
        over or abs(stand.until - until) < 0.001 or stand.until == until
    )
