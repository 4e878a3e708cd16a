"""The users of a room, counted by connections: pure state, without Trio.

The presence task owns it. Every change comes back as a ``Change`` to publish.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from xr.wire.messages import UserState
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

NUMBERS = 65_536


@dataclass
class Meta:
    """A connection of a user, open or in grace. Phoenix calls it a meta."""

    ref: str
    tab: str | None
    silent: bool = False


@dataclass
class User:
    """A user who is present: their ``n``, the rest of their state, and their connections."""

    number: int
    state: UserState
    connections: dict[str, Meta] = field(default_factory=dict)


@dataclass
class Change:
    """The result of one step: refs by user that came and went, users that joined and left, and
    users who are silent from now on, or no longer.
    """

    joins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    leaves: dict[str, tuple[str, ...]] = field(default_factory=dict)
    joined: str | None = None
    left: tuple[str, ...] = ()
    silent: dict[str, bool] = field(default_factory=dict)


class Roster:
    """Connections by user. ``limit`` is the most users at a time, 0 for no limit of its own."""

    def __init__(self, limit: int = 0) -> None:
        self.users: dict[str, User] = {}
        self._in_grace: dict[str, tuple[str, float]] = {}  # user and end of the grace by ref
        self.narrow(limit)
        self._numbers: set[int] = set()
        self._next_number = 0

    def narrow(self, limit: int) -> None:
        """Take so many users at most from now on; nobody who is in has to go."""
        self._limit = min(limit or NUMBERS, NUMBERS)

    def join(
        self,
        user_id: str,
        ref: str,
        tab: str | None = None,
        replaces: str | None = None,
        *,
        state: UserState,
    ) -> Change:
        """Add a connection. It supersedes the user's connection ``replaces`` or of the same tab.

        A user who is present already keeps their state.

        Raises:
            Refused: the room is full.
        """
        user = self.users.get(user_id)
        change = Change(joins={user_id: (ref,)})
        if user is None:
            if self._full:
                raise Refused(Reason.ROOM_IS_FULL)
            user = self.users[user_id] = User(self._take_number(), state)
            change.joined = user_id
        else:
            gone = tuple(_superseded(user, tab, replaces))
            for old in gone:
                del user.connections[old]
                self._in_grace.pop(old, None)
            if gone:
                change.leaves = {user_id: gone}
        user.connections[ref] = Meta(ref, tab)
        change.silent = self._judge(user_id)
        return change

    def has_place(self, user_id: str) -> bool:
        """Whether a join of this user would find a place: a free one, or a place in grace."""
        return user_id in self.users or not self._full or bool(self._graces())

    def give_way(self, user_id: str) -> Change:
        """Free a place for a user who is about to join, if the room is full.

        The user whose grace ends first leaves now. With nobody in grace nothing changes.
        """
        graces = {} if user_id in self.users or not self._full else self._graces()
        if not graces:
            return Change()
        first = min(graces, key=graces.__getitem__)
        return self._remove(first, tuple(self.users[first].connections))

    def goodbye(self, user_id: str, ref: str) -> Change:
        """Remove a connection that has left for good."""
        return self._remove(user_id, (ref,))

    def expel(self, user_id: str) -> Change:
        """Remove all connections of a user, those in grace too."""
        user = self.users.get(user_id)
        return Change() if user is None else self._remove(user_id, tuple(user.connections))

    def disconnected(self, user_id: str, ref: str, until: float) -> Change:
        """Start the grace of a lost connection: it counts until ``until`` or until superseded."""
        user = self.users.get(user_id)
        if user is not None and ref in user.connections:
            self._in_grace[ref] = user_id, until
        return Change()

    def set_silent(self, user_id: str, ref: str, *, silent: bool) -> Change:
        """Note that a connection is silent, or that it is heard again."""
        user = self.users.get(user_id)
        if user is None or ref not in user.connections:
            return Change()
        user.connections[ref].silent = silent
        return Change(silent=self._judge(user_id))

    def expire(self, now: float) -> Iterator[Change]:
        """Remove the lost connections whose grace has ended."""
        over: dict[str, list[str]] = {}
        for ref, (user_id, until) in self._in_grace.items():
            if until <= now:
                over.setdefault(user_id, []).append(ref)
        for user_id, refs in over.items():
            yield self._remove(user_id, tuple(refs))

    def next_expiry(self) -> float | None:
        """The time when the first grace ends; None when no connection is in grace."""
        return min((until for _, until in self._in_grace.values()), default=None)

    @property
    def _full(self) -> bool:
        return len(self.users) >= self._limit

    def _graces(self) -> dict[str, float]:
        """The end of the grace of each user whose connections are all lost."""
        ends: dict[str, list[float]] = {}
        for user_id, until in self._in_grace.values():
            ends.setdefault(user_id, []).append(until)
        return {
            user_id: max(untils)
            for user_id, untils in ends.items()
            if len(untils) == len(self.users[user_id].connections)
        }

    def _remove(self, user_id: str, refs: tuple[str, ...]) -> Change:
        user = self.users.get(user_id)
        gone = tuple(ref for ref in refs if user is not None and ref in user.connections)
        if user is None or not gone:
            return Change()
        for ref in gone:
            del user.connections[ref]
            self._in_grace.pop(ref, None)
        change = Change(leaves={user_id: gone})
        if not user.connections:
            del self.users[user_id]
            self._numbers.remove(user.number)
            change.left = (user_id,)
        change.silent = self._judge(user_id)
        return change

    def _judge(self, user_id: str) -> dict[str, bool]:
        """Whether a user is silent, if that is news: with all their connections they are."""
        user = self.users.get(user_id)
        if user is None:
            return {}
        silent = all(connection.silent for connection in user.connections.values())
        if silent == user.state.silent:
            return {}
        user.state = msgspec.structs.replace(user.state, silent=silent)
        return {user_id: silent}

    def _take_number(self) -> int:
        """Take the next free number, round robin, to reuse a freed one as late as possible."""
        while self._next_number in self._numbers:
            self._next_number = (self._next_number + 1) % NUMBERS
        number = self._next_number
        self._numbers.add(number)
        self._next_number = (number + 1) % NUMBERS
        return number


def _superseded(user: User, tab: str | None, replaces: str | None) -> Iterator[str]:
    for ref, connection in user.connections.items():
        if ref == replaces or (tab is not None and connection.tab == tab):
            yield ref
