"""The roster against a plain model of who is present, in every order of steps."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from tests.people import state
from tests.rooms.rosters import refs_of
from xr.rooms import roster as module
from xr.rooms.roster import Change, Roster
from xr.wire.refusals import Refused

USERS = ("ann", "bob", "cat", "dan", "eve")
TABS = (None, "t1", "t2")

STATE = state("anybody")


@dataclass
class Known:
    """The facts that the model knows of a connection."""

    user: str
    ref: str
    tab: str | None
    until: float | None = None
    silent: bool = False


@dataclass
class Model:
    """Connections in one flat list: slow and plain."""

    here: list[Known] = field(default_factory=list)

    def users(self) -> set[str]:
        return {known.user for known in self.here}

    def refs(self) -> dict[str, set[str]]:
        return {user: {k.ref for k in self.here if k.user == user} for user in self.users()}

    def silent(self) -> set[str]:
        """Those of whom no connection is heard."""
        return self.users() - {known.user for known in self.here if not known.silent}

    def graces(self) -> dict[str, float]:
        """When those leave who have no connection that lives."""
        living = {known.user for known in self.here if known.until is None}
        ends: dict[str, float] = {}
        for known in self.here:
            if known.until is not None and known.user not in living:
                ends[known.user] = max(known.until, ends.get(known.user, 0.0))
        return ends


Ref = tuple[str, str]
"""A user and a connection of theirs."""
Refs = Ref | MultipleResults[Ref]


class RosterMachine(RuleBasedStateMachine):
    """Joins, goodbyes, losses and time in any order."""

    connections: Bundle[Ref] = Bundle("connections")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.now = 100.0
        self.refs = 0
        self.present: set[str] = set()  # by what joined and left said
        self.numbers: dict[str, int] = {}
        self.silent: set[str] = set()  # by what was told

    @initialize(limit=st.sampled_from([0, 1, 2, 4]))
    def open(self, limit: int) -> None:
        self.limit = limit
        self.roster = Roster(limit)

    @rule(target=connections, user=st.sampled_from(USERS), tab=st.sampled_from(TABS))
    def join(self, user: str, tab: str | None) -> Refs:
        return self._join(user, tab, None)

    @rule(target=connections, earlier=connections, tab=st.sampled_from(TABS))
    def join_in_place_of(self, earlier: Ref, tab: str | None) -> Refs:
        user, ref = earlier
        return self._join(user, tab, ref)

    def _join(self, user: str, tab: str | None, replaces: str | None) -> Refs:
        self.refs += 1
        ref = f"c{self.refs}"
        self._give_way(user)
        if self.limit and user not in self.model.users() and len(self.present) >= self.limit:
            before = refs_of(self.roster)
            with pytest.raises(Refused, match="room is full"):
                self.roster.join(user, ref, tab, replaces, state=STATE)
            assert refs_of(self.roster) == before
            return multiple()
        gone = {
            known.ref
            for known in self.model.here
            if known.user == user
            and (known.ref == replaces or (tab is not None and known.tab == tab))
        }
        was_here = user in self.model.users()
        self.model.here = [known for known in self.model.here if known.ref not in gone]
        self.model.here.append(Known(user, ref, tab))
        change = self.roster.join(user, ref, tab, replaces, state=STATE)
        self._heed(change)
        assert change.joins == {user: (ref,)}
        assert _sets(change.leaves) == ({user: gone} if gone else {})
        assert change.joined == (None if was_here else user)
        assert change.left == ()
        return user, ref

    def _give_way(self, user: str) -> None:
        """Before each join: who is in grace, and would go first, goes if the room is full."""
        full = self.limit and user not in self.present and len(self.present) >= self.limit
        graces = self.model.graces() if full else {}
        assert self.roster.has_place(user) == (bool(graces) or not full)
        change = self.roster.give_way(user)
        if not graces:
            assert change == Change()
            return
        (left,) = change.left
        assert graces[left] == min(graces.values())
        assert _sets(change.leaves) == {left: self.model.refs()[left]}
        assert (change.joins, change.joined) == ({}, None)
        self.model.here = [known for known in self.model.here if known.user != left]
        self._heed(change)

    @rule(connection=consumes(connections))
    def say_goodbye(self, connection: Ref) -> None:
        user, ref = connection
        known = [k for k in self.model.here if k.ref == ref]
        self.model.here = [k for k in self.model.here if k.ref != ref]
        change = self.roster.goodbye(user, ref)
        self._heed(change)
        assert change.joins == {}
        assert change.joined is None
        assert change.leaves == ({user: (ref,)} if known else {})
        assert change.left == ((user,) if known and user not in self.model.users() else ())

    @rule(connection=connections, grace=st.sampled_from([0.0, 1.0, 5.0]))
    def lose(self, connection: Ref, grace: float) -> None:
        user, ref = connection
        for known in self.model.here:
            if known.ref == ref:
                known.until = self.now + grace
        assert self.roster.disconnected(user, ref, self.now + grace) == Change()

    @rule(connection=connections, silent=st.booleans())
    def set_silent(self, connection: Ref, silent: bool) -> None:
        user, ref = connection
        for known in self.model.here:
            if known.ref == ref:
                known.silent = silent
        change = self.roster.set_silent(user, ref, silent=silent)
        self._heed(change)
        assert change == Change(silent=change.silent)

    @rule(seconds=st.sampled_from([0.0, 0.5, 1.0, 5.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        over = {k.ref for k in self.model.here if k.until is not None and k.until <= self.now}
        before = self.model.users()
        self.model.here = [k for k in self.model.here if k.ref not in over]
        changes = list(self.roster.expire(self.now))
        for change in changes:
            self._heed(change)
            assert change.joins == {}
            assert change.leaves
        gone = {ref for change in changes for refs in change.leaves.values() for ref in refs}
        assert gone == over
        assert {user for change in changes for user in change.left} == before - self.model.users()

    @rule()
    @precondition(lambda self: not self.present)
    def nobody_is_remembered(self) -> None:
        assert self.roster.users == {}
        assert self.roster.next_expiry() is None

    def _heed(self, change: Change) -> None:
        """Joined and left alternate for each user, joined first; and so does silence."""
        for user, silent in change.silent.items():
            assert silent != (user in self.silent)
            (self.silent.add if silent else self.silent.remove)(user)
        if change.joined is not None:
            assert change.joined not in self.present
            self.present.add(change.joined)
            number = self.roster.users[change.joined].number
            assert number not in self.numbers.values(), "given out before its user left"
            self.numbers[change.joined] = number
        for user in change.left:
            self.present.remove(user)
            del self.numbers[user]
            self.silent.discard(user)

    @invariant()
    def same_as_the_model(self) -> None:
        if not hasattr(self, "roster"):
            return
        assert self.present == self.model.users() == set(self.roster.users)
        assert _sets(refs_of(self.roster)) == self.model.refs()
        assert {u: user.number for u, user in self.roster.users.items()} == self.numbers
        silent = {u for u, user in self.roster.users.items() if user.state.silent}
        assert silent == self.silent == self.model.silent()
        assert not self.limit or len(self.roster.users) <= self.limit
        ends = [known.until for known in self.model.here if known.until is not None]
        assert self.roster.next_expiry() == min(ends, default=None)


def _sets(refs: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    for each in refs.values():
        assert len(set(each)) == len(each)
    return {user: set(each) for user, each in refs.items()}


TestRoster = RosterMachine.TestCase
TestRoster.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_a_number_that_was_given_back_rests_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NUMBERS", 4)
    roster = Roster()
    for user in ("a", "b", "c"):
        roster.join(user, user, state=STATE)
    roster.goodbye("b", "b")
    assert [roster.users[user].number for user in ("a", "c")] == [0, 2]
    roster.join("d", "d", state=STATE)
    assert roster.users["d"].number == 3  # not the 1 that somebody may still see in a late frame
    roster.join("e", "e", state=STATE)
    assert roster.users["e"].number == 1


def test_without_a_limit_the_numbers_are_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NUMBERS", 3)
    roster = Roster(0)
    for user in ("a", "b", "c"):
        roster.join(user, user, state=STATE)
    with pytest.raises(Refused, match="room is full"):
        roster.join("d", "d", state=STATE)
    roster.join("c", "c2", state=STATE)
    roster.goodbye("a", "a")
    roster.join("d", "d", state=STATE)
    assert {user.number for user in roster.users.values()} == {0, 1, 2}


def test_numbers_fit_into_sixteen_bits() -> None:
    assert module.NUMBERS == 65_536
    roster = Roster(1)
    seen = set()
    for step in range(module.NUMBERS + 5):
        roster.join("ann", f"c{step}", state=STATE)
        seen.add(roster.users["ann"].number)
        roster.goodbye("ann", f"c{step}")
    assert seen == set(range(module.NUMBERS))


def test_a_tab_of_another_user_is_not_superseded() -> None:
    roster = Roster()
    roster.join("ann", "a", "t1", state=STATE)
    assert roster.join("bob", "b", "t1", state=STATE).leaves == {}
    assert refs_of(roster) == {"ann": ("a",), "bob": ("b",)}


def test_a_user_in_a_full_room_may_come_with_a_second_connection() -> None:
    roster = Roster(1)
    roster.join("ann", "a", state=STATE)
    assert roster.join("ann", "a2", state=STATE).joined is None
    with pytest.raises(Refused):
        roster.join("bob", "b", state=STATE)
    assert roster.goodbye("ann", "a").left == ()
    assert roster.goodbye("ann", "a2").left == ("ann",)


def test_strangers_change_nothing() -> None:
    roster = Roster()
    roster.join("ann", "a", state=STATE)
    assert roster.goodbye("bob", "b") == Change()
    assert roster.goodbye("ann", "b") == Change()
    assert roster.disconnected("bob", "b", 1.0) == Change()
    assert roster.disconnected("ann", "b", 1.0) == Change()
    assert roster.set_silent("bob", "b", silent=True) == Change()
    assert roster.set_silent("ann", "b", silent=True) == Change()
    assert roster.next_expiry() is None
