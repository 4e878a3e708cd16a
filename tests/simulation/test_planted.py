"""The checker can fail: each known mistake, put into the server, is found within a few seeds."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import trio
from msgspec.structs import replace as replace_fields

import xr.rooms.door
import xr.rooms.room
import xr.rooms.roster
import xr.rooms.running
from tests.simulation.story import ACTS, INTENTS, NO_LIMIT, Action, Plan, make_plan
from tests.simulation.world import simulate
from xr.channels.membership import Membership
from xr.channels.outlet import Outlet
from xr.events import ClientAttached, Moderated, UserChanged, UserMoved
from xr.features.chat import ChatView, Lines
from xr.features.doors import Doors
from xr.roles import Role
from xr.rooms.door import Visitor
from xr.rooms.ledger import Ledger
from xr.rooms.lobby import Lobby
from xr.rooms.outbox import Outbox
from xr.rooms.profiles import Profiles
from xr.rooms.reflector import Reflector
from xr.rooms.room import Room
from xr.rooms.roster import Change, Roster
from xr.rooms.snapshot import Snapshot
from xr.rooms.standings import Standings
from xr.rooms.stream import Inbox
from xr.rooms.tenure import SoleOwner, Tenure
from xr.serving.connection import Connection
from xr.store.memory import MemoryStore
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

SEEDS = 200
"""A mistake must be found among the first so many seeds."""

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]
MISTAKES: dict[str, Plant] = {}


def mistake(plant: Plant) -> Plant:
    """Add a mistake to the list; its name says what is wrong."""
    MISTAKES[plant.__name__] = plant
    return plant


def revolving_door(seed: int) -> Plan:
    """People come and go all the time, before somebody who reads nothing for a while."""
    plan = make_plan(seed)
    rng = random.Random(seed)
    watcher, *others = (browser.name for browser in plan.browsers)
    actions = [
        Action(0.0, "come", {"who": watcher, "room": "red"}),
        Action(2.0, "stall", {"who": watcher, "seconds": 9.0}),
    ]
    for who in others:
        at = 1.0
        while at < 12.0:
            actions.append(Action(at, "come", {"who": who, "room": "red"}))
            at += rng.choice((0.5, 1.0))
            actions.append(Action(at, "leave", {"who": who, "room": "red"}))
            at += rng.choice((0.01, 0.02, 0.04))
    return replace(
        plan, actions=tuple(actions), always_spawn=(), limit=NO_LIMIT, backlog=3_000, breaking=0
    )


def slow_goodbyes(seed: int) -> Plan:
    """One person comes back again and again, when the empty room has begun to end."""
    rng = random.Random(seed)
    plan = make_plan(seed)
    who = {"who": plan.browsers[0].name, "room": "red"}
    actions = [Action(0.0, "store", {"mode": "slow", "seconds": 14.0})]
    for at in range(0, 14, 3):
        actions.append(Action(float(at), "come", who))
        actions.append(Action(at + 1.5, "leave", who))
    actions = [replace(action, at=action.at + rng.uniform(0, 0.5)) for action in actions]
    return replace(plan, actions=tuple(actions), idle=0.3, limit=NO_LIMIT, breaking=0)


def walks_before_a_laggard(seed: int) -> Plan:
    """Everybody walks in turn before somebody who stalls now and then."""
    plan = make_plan(seed)
    names = [browser.name for browser in plan.browsers]
    how = {"room": "red", "steps": 10, "every": 0.1, "binary": True, "null_ref": False}
    actions = [Action(0.0, "come", {"who": name, "room": "red"}) for name in names]
    for turn in range(12):
        actions.append(Action(2.0 + turn, "walk", {"who": names[turn % len(names)], **how}))
        actions.append(Action(2.5 + turn, "stall", {"who": names[0], "seconds": 2.0}))
    browsers = (replace(plan.browsers[0], capacity=600), *plan.browsers[1:])
    return replace(plan, actions=tuple(actions), browsers=browsers, limit=NO_LIMIT, breaking=0)


def small_room(seed: int) -> Plan:
    """A room for two, before which the others wait, and lines that break."""
    plan = make_plan(seed)
    rng = random.Random(seed)
    names = [browser.name for browser in plan.browsers]
    actions = [Action(rng.uniform(0, 3), "come", {"who": who, "room": "red"}) for who in names]
    for _ in range(30):
        at, who = rng.uniform(1, 15), rng.choice(names)
        actions.append(Action(at, "blip", {"who": who, "how": "cut", "back": rng.uniform(0, 3)}))
    actions.sort(key=lambda action: action.at)
    return replace(plan, actions=tuple(actions), grace=5.0, limit=2, breaking=0)


def busy_moderator(seed: int) -> Plan:
    """Acts of moderation close upon joins, lines that break, and crashes of the server."""
    plan = make_plan(seed)
    rng = random.Random(seed)
    names = [browser.name for browser in plan.browsers]
    actions = [Action(rng.uniform(0, 1), "come", {"who": who, "room": "red"}) for who in names]
    for _ in range(25):
        at, browser = rng.uniform(1.5, 15), rng.choice(plan.browsers)
        act = rng.choice([*ACTS])
        arguments = {"room": "red", "act": act, "user": browser.user_id, **ACTS[act](rng)}
        back = rng.choice((0.02, 3.0))
        actions += [
            Action(at + rng.choice((-0.05, 0.01, 0.3)), "moderate", arguments),
            Action(at, "blip", {"who": browser.name, "how": "cut", "back": back}),
            Action(at + 1, "come", {"who": browser.name, "room": "red"}),
        ]
    actions.append(Action(rng.uniform(5, 15), "crash", {"down": 1.0, "silently": False}))
    actions.sort(key=lambda action: action.at)
    return replace(plan, actions=tuple(actions), grace=5.0, limit=NO_LIMIT, breaking=0)


def lively_room(seed: int) -> Plan:
    """Everybody does things in one room, whose door is closed now and then; lines break."""
    plan = make_plan(seed)
    rng = random.Random(f"lively {seed}")
    red, names = {"room": "red"}, [browser.name for browser in plan.browsers]
    actions = [Action(rng.uniform(0, 1), "come", {"who": who, **red}) for who in names]
    owner = {"act": "set_role", "user": plan.browsers[0].user_id, "role": "owner"}
    actions.append(Action(1.0, "moderate", {**red, **owner}))
    often = [weight for weight, _ in INTENTS.values()]
    for _ in range(40):
        at, who = rng.uniform(1.5, 15), {"who": rng.choice(names), **red}
        event = rng.choices([*INTENTS], often)[0]
        actions.append(Action(at, "ask", {**who, "event": event, **INTENTS[event][1](rng)}))
    for _ in range(12):
        at, browser = rng.uniform(1.5, 15), rng.choice(plan.browsers)
        act, option = rng.choice([*ACTS]), rng.choice((OPEN, OPEN, LOCKED, SESAME))
        to = {"user": browser.user_id, **ACTS[act](rng)}
        actions += [
            Action(at, "moderate", {**red, "act": act, **to}),
            Action(at + 0.5, "manage", {**red, "event": "set_room", **option}),
            Action(at + 1, "reload", {"who": browser.name, "code": 1001}),
            Action(at + 2, "come", {"who": browser.name, **red}),
        ]
    actions.append(Action(rng.uniform(8, 15), "crash", {"down": 1.0, "silently": False}))
    actions.sort(key=lambda action: action.at)
    return replace(
        plan,
        rooms=("red",),
        actions=tuple(actions),
        limit=NO_LIMIT,
        breaking=0,
        grace=0.5,
        length=20.0,
        flush_interval=1.0,
    )


def forgetful_operator(seed: int) -> Plan:
    """Everybody walks, and is forgotten now and then while the disk fails for a moment."""
    plan = make_plan(seed)
    rng = random.Random(f"forgetful {seed}")
    how = {"room": "red", "steps": 3, "every": 0.1, "binary": True, "null_ref": False}
    actions = []
    for browser in plan.browsers:
        who = {"who": browser.name, "room": "red"}
        actions.append(Action(rng.uniform(0, 1), "come", who))
        for turn in range(3):
            at = 3.0 + 4 * turn + rng.uniform(0, 1)
            user = {"user": browser.user_id, "room": "red"}
            actions += [
                Action(at, "walk", {"who": browser.name, **how}),
                Action(at + 0.4, "store", {"mode": "locked", "seconds": 1.0}),
                Action(at + 0.5, "leave", who),
                Action(at + 1.6, "forget", user),
                Action(at + 2.5, "come", who),
            ]
    actions.sort(key=lambda action: action.at)
    return replace(plan, actions=tuple(actions), limit=NO_LIMIT, breaking=0, flush_interval=5.0)


def takes_back_what_was_said(seed: int) -> Plan:
    """Lines are said and taken back while the disk fails, and the room crashes meanwhile."""
    plan = make_plan(seed)
    rng = random.Random(f"takes back {seed}")
    red = {"room": "red"}
    actions = [Action(0.5, "come", {"who": each.name, **red}) for each in plan.browsers]
    for at in range(2, 14, 4):
        who = {"who": rng.choice(plan.browsers).name, **red}
        actions += [
            Action(at, "ask", {**who, "event": "say", **INTENTS["say"][1](rng)}),
            Action(at + 1.5, "store", {"mode": "locked", "seconds": 2.0}),
            Action(at + 1.6, "ask", {**who, "event": "unsay", **INTENTS["unsay"][1](rng)}),
            Action(at + 1.7, "crash room", {**red, "task": "presence"}),
        ]
    return replace(plan, actions=tuple(actions), limit=NO_LIMIT, breaking=0, flush_interval=0.5)


OPEN, LOCKED = {"locked": False, "password": None}, {"locked": True}
SESAME = {"locked": False, "password": "sesame"}

PLANS: dict[str, Callable[[int], Plan]] = {
    "a_kick_leaves_those_who_are_in_grace": busy_moderator,
    "a_ban_is_not_asked_for_at_the_door": busy_moderator,
    "a_kick_lets_a_join_pass_that_is_on_its_way": busy_moderator,
    "acts_are_not_written": busy_moderator,
    "a_role_reaches_new_connections_only": busy_moderator,
    "acts_are_told_to_everybody": busy_moderator,
    "acts_go_upwards": busy_moderator,
    "a_stream_begins_one_event_after_its_snapshot": revolving_door,
    "a_backlog_has_no_bound": revolving_door,
    "joins_enter_a_closing_room": slow_goodbyes,
    "who_was_lost_last_gives_way": small_room,
    "a_laggard_catches_up_with_what_came_last_only": walks_before_a_laggard,
    "what_is_forgotten_is_written_again": forgetful_operator,
    "a_profile_is_as_the_disk_has_it": lively_room,
    "who_is_muted_writes": lively_room,
    "removed_lines_stay_on_disk": lively_room,
    "a_removal_that_waited_for_the_disk_is_forgotten": takes_back_what_was_said,
    "lines_are_not_written": lively_room,
    "newcomers_are_shown_removed_lines": lively_room,
    "a_change_is_told_of_those_who_are_away": lively_room,
    "a_lock_lets_strangers_in": lively_room,
    "a_password_is_asked_of_nobody": lively_room,
    "the_last_owner_goes": lively_room,
    "a_refused_role_is_given": lively_room,
    "an_intent_is_answered_twice": lively_room,
    "an_intent_is_not_answered": lively_room,
    "options_are_not_told": lively_room,
}
"""Mistakes that are rare in the ordinary stories, and the stories that show them soon."""


@mistake
def a_failed_flush_loses_its_poses(patch: Patch) -> None:
    async def flush(self: Any) -> int:
        async with self._turn:
            batch, self._changes = self._changes, {}
            if batch:
                await self._save(batch)
            return len(batch)

    patch.setattr(Ledger, "flush", flush)


@mistake
def a_user_leaves_with_the_first_tab(patch: Patch) -> None:
    goodbye = Roster.goodbye

    def gone(self: Any, user_id: str, ref: str) -> Any:
        change = goodbye(self, user_id, ref)
        change.left = (user_id,) if change.leaves else ()
        return change

    patch.setattr(Roster, "goodbye", gone)


@mistake
def joins_enter_a_closing_room(patch: Patch) -> None:
    async def join(
        self: Any, room_id: str, client: Any, replaces: Any = None, knock: Any = None
    ) -> Room:
        slot = self.supervisor.slot(room_id)
        await slot.opened.wait()
        room: Room | None = slot.room
        if room is None:
            raise Refused(slot.refusal)
        with room.expecting(client.user_id) as hand_over:
            visit = await self.reception.learn(room, client.user_id)
            if client.gone:
                raise Refused(Reason.GONE)
            room.admit(client, knock, room.visitor(client.user_id, knock, visit))
            hand_over(client, replaces, visit.profile)
            return room

    patch.setattr(Lobby, "join", join)


def shift_attachment(patch: Patch, steps: int) -> None:
    take = Reflector._take

    def shifted(self: Any, event: Any) -> None:
        take(self, event)
        attached = self._next.attached
        client = event.client if isinstance(event, ClientAttached) else None
        if client in attached:
            attached[client] = max(0, attached[client] + steps)

    patch.setattr(Reflector, "_take", shifted)


@mistake
def a_stream_begins_one_event_before_its_snapshot(patch: Patch) -> None:
    shift_attachment(patch, -1)


@mistake
def a_stream_begins_one_event_after_its_snapshot(patch: Patch) -> None:
    shift_attachment(patch, 1)


@mistake
def a_pose_is_taken_after_leaving(patch: Patch) -> None:
    def moved(self: Any, client: Any, pose: Any) -> None:
        user = self.presence.roster.users.get(client.user_id)
        self.stream.publish(UserMoved(client.user_id, user.number if user else 0, pose))

    patch.setattr(Room, "moved", moved)
    patch.setattr(Outlet, "over", lambda self, membership: None)
    patch.setattr(Membership, "move", lambda self, pose: self.place.room.moved(self, pose))


@mistake
def a_superseded_connection_stays(patch: Patch) -> None:
    def nobody(user: Any, tab: str | None, replaces: str | None) -> Iterator[str]:
        return iter(())

    patch.setattr(xr.rooms.roster, "_superseded", nobody)


@mistake
def a_living_connection_gives_way(patch: Patch) -> None:
    patch.setattr(Roster, "_graces", lambda self: dict.fromkeys(self.users, 0.0))


@mistake
def who_was_lost_last_gives_way(patch: Patch) -> None:
    graces = Roster._graces

    def turned(self: Any) -> dict[str, float]:
        return {user_id: -end for user_id, end in graces(self).items()}

    patch.setattr(Roster, "_graces", turned)


@mistake
def a_laggard_never_catches_up(patch: Patch) -> None:
    patch.setattr(Outbox, "catch_up", lambda self, seats, encode: self._missed.clear())


@mistake
def a_laggard_catches_up_with_what_came_last_only(patch: Patch) -> None:
    deliver = Outbox.deliver

    def forgetful(self: Any, together: bytes, steps: Any) -> bool:
        self._missed.clear()
        return deliver(self, together, steps)

    patch.setattr(Outbox, "deliver", forgetful)


@mistake
def a_number_is_given_to_two(patch: Patch) -> None:
    take = Roster._take_number

    def first(self: Any) -> int:
        self._next_number = 0
        self._numbers.discard(0)
        return take(self)

    patch.setattr(Roster, "_take_number", first)
    patch.setattr(Roster, "_remove", forgiving(Roster._remove))


def forgiving(remove: Callable[..., Any]) -> Callable[..., Any]:
    """Have a number that was given to two be given back twice."""

    def removed(self: Any, user_id: str, refs: Any) -> Any:
        if user_id in self.users:
            self._numbers.add(self.users[user_id].number)
        return remove(self, user_id, refs)

    return removed


@mistake
def a_stored_pose_is_dropped_while_its_user_comes(patch: Patch) -> None:
    catch_up = Snapshot.catch_up

    def drop(self: Any) -> None:
        catch_up(self)
        for user_id in self._poses.keys() - (self._present.keys() | self._ledger.unsaved.keys()):
            del self._poses[user_id]

    patch.setattr(Snapshot, "catch_up", drop)


@mistake
def a_stored_pose_is_not_used(patch: Patch) -> None:
    patch.setattr(Snapshot, "learn", lambda self, user_id, pose: None)


@mistake
def rooms_are_mixed_up_on_disk(patch: Patch) -> None:
    async def claim(self: Any, room_id: str) -> Tenure:
        await trio.lowlevel.checkpoint()
        return Tenure("red")

    patch.setattr(SoleOwner, "claim", claim)


@mistake
def a_lost_connection_has_no_grace(patch: Patch) -> None:
    lost = Roster.disconnected
    patch.setattr(Roster, "disconnected", lambda self, user, ref, until: lost(self, user, ref, 0.0))


@mistake
def what_is_forgotten_is_written_again(patch: Patch) -> None:
    patch.setattr(Snapshot, "forget", lambda self, user_id: None)


@mistake
def a_stop_does_not_write(patch: Patch) -> None:
    async def write_nothing(room: Any) -> None:
        await trio.lowlevel.checkpoint()

    patch.setattr(xr.rooms.running, "write_all", write_nothing)


@mistake
def the_older_of_two_unread_poses_wins(patch: Patch) -> None:
    put = Inbox.put

    def keep(self: Any, number: int, event: Any) -> None:
        if not (isinstance(event, UserMoved) and event.user_id in self._merging.get(UserMoved, {})):
            put(self, number, event)

    patch.setattr(Inbox, "put", keep)


@mistake
def the_welcome_is_out_of_order(patch: Patch) -> None:
    welcome = Membership.welcome

    def hasty(self: Any, state: Any) -> None:
        self.outlet.transport.send(self.outlet.frame(self.join, b"presence_state", b"{}"))
        welcome(self, state)

    patch.setattr(Membership, "welcome", hasty)


@mistake
def a_lost_member_is_counted_for_ever(patch: Patch) -> None:
    leave = Room.leave

    def uncounted(self: Any, client: Any, *, goodbye: bool) -> None:
        if not goodbye:
            self._count(+1)
        leave(self, client, goodbye=goodbye)

    patch.setattr(Room, "leave", uncounted)


@mistake
def a_backlog_has_no_bound(patch: Patch) -> None:
    def send(self: Any, frames: bytes) -> None:
        if self.open:
            self._put(frames)

    patch.setattr(Connection, "send", send)


@mistake
def an_ended_connection_is_reported_twice(patch: Patch) -> None:
    tell = Connection._tell

    def twice(self: Any) -> None:
        end = self._end
        tell(self)
        if end is not None and self._handler is not None:
            self._handler.closed(*end)

    patch.setattr(Connection, "_tell", twice)


@mistake
def a_membership_begins_on_a_connection_that_has_ended(patch: Patch) -> None:
    """The end is told within the send that meets it, which comes before the new membership."""
    mark, supersede = Connection._mark, Membership.supersede

    def mark_and_tell(self: Any, code: int, reason: str) -> None:
        mark(self, code, reason)
        self._tell()

    def supersede_before(self: Any) -> None:
        table = self.outlet.route.__self__.memberships  # the socket's
        later = table.pop(self.join.topic)
        supersede(self)
        table[self.join.topic] = later

    patch.setattr(Connection, "_mark", mark_and_tell)
    patch.setattr(Membership, "supersede", supersede_before)


@mistake
def a_kick_leaves_those_who_are_in_grace(patch: Patch) -> None:
    patch.setattr(Roster, "expel", lambda *_: Change())


@mistake
def a_ban_is_not_asked_for_at_the_door(patch: Patch) -> None:
    patch.setattr(Standings, "refusal", lambda *_: None)


@mistake
def a_kick_lets_a_join_pass_that_is_on_its_way(patch: Patch) -> None:
    """The door is asked when the join begins, and not when it is handed over."""
    join, refusal = Lobby.join, Standings.refusal

    async def ask_first(self: Any, room_id: str, client: Any, *more: Any) -> Room:
        room = self.room(room_id)
        early = room and refusal(room.standings, client.user_id, client.address)
        if early:
            raise early
        with pytest.MonkeyPatch.context() as within:
            within.setattr(Standings, "refusal", lambda *_: None)
            return await join(self, room_id, client, *more)

    patch.setattr(Lobby, "join", ask_first)


@mistake
def acts_are_not_written(patch: Patch) -> None:
    async def save_nothing(*_: Any) -> None:
        await trio.lowlevel.checkpoint()

    patch.setattr(MemoryStore, "save_standings", save_nothing)


@mistake
def a_role_reaches_new_connections_only(patch: Patch) -> None:
    patch.setattr(Room, "_standing_changed", lambda self, _: self.snapshot.flusher.hurry())


@mistake
def acts_are_told_to_everybody(patch: Patch) -> None:
    patch.setattr(Moderated, "audience", None)


@mistake
def acts_go_upwards(patch: Patch) -> None:
    patch.setattr(Role, "outranks", lambda *_: True)


@mistake
def a_profile_is_as_the_disk_has_it(patch: Patch) -> None:
    patch.setattr(Profiles, "current", lambda self, user_id, stored: stored)


@mistake
def who_is_muted_writes(patch: Patch) -> None:
    patch.setattr(xr.rooms.room, "SILENCED", frozenset())


@mistake
def removed_lines_stay_on_disk(patch: Patch) -> None:
    patch.setattr(Lines, "remove", lambda self, line_id, _: self.kept.pop(line_id))


@mistake
def a_removal_that_waited_for_the_disk_is_forgotten(patch: Patch) -> None:
    restore = Lines.restore

    def mixed(self: Any, unsaved: Any) -> None:
        every = {key: {**self.kept, **lines} for key, lines in unsaved.items()}
        restore(self, every)

    patch.setattr(Lines, "restore", mixed)


@mistake
def lines_are_not_written(patch: Patch) -> None:
    async def save_nothing(*_: Any) -> None:
        await trio.lowlevel.checkpoint()

    patch.setattr(MemoryStore, "save_chat", save_nothing)


@mistake
def newcomers_are_shown_removed_lines(patch: Patch) -> None:
    patch.setattr(ChatView, "_remove", lambda self, event: None)


@mistake
def a_change_is_told_of_those_who_are_away(patch: Patch) -> None:
    before = Room._standing_changed

    def told(self: Any, user_id: str) -> None:
        before(self, user_id)
        if user_id not in self.people:
            self.stream.publish(UserChanged(user_id, {"role": self.standings[user_id].role}))

    patch.setattr(Room, "_standing_changed", told)


@mistake
def a_lock_lets_strangers_in(patch: Patch) -> None:
    def lax(options: Any, visitor: Any) -> Any:
        return refusal(replace_fields(options, locked=False), visitor)

    refusal = xr.rooms.door.refusal
    patch.setattr(xr.rooms.door, "refusal", lax)


@mistake
def a_password_is_asked_of_nobody(patch: Patch) -> None:
    patch.setattr(Visitor, "is_known", lambda *_: True)


@mistake
def the_last_owner_goes(patch: Patch) -> None:
    patch.setattr(Standings, "_owners", lambda _: 2)


@mistake
def a_refused_role_is_given(patch: Patch) -> None:
    give = Standings.give

    def hasty(self: Any, user_id: str, role: Role) -> None:
        self.put(user_id, replace_fields(self[user_id], muted=False))
        give(self, user_id, role)

    patch.setattr(Standings, "give", hasty)


@mistake
def an_intent_is_answered_twice(patch: Patch) -> None:
    reply = Outlet.reply

    def twice(self: Any, message: Any, status: str, response: object) -> None:
        for _ in range(1 + (message.event == "raise_hand")):
            reply(self, message, status, response)

    patch.setattr(Outlet, "reply", twice)


@mistake
def an_intent_is_not_answered(patch: Patch) -> None:
    reply = Outlet.reply

    def forgetful(self: Any, message: Any, status: str, response: object) -> None:
        if message.event != "raise_hand":
            reply(self, message, status, response)

    patch.setattr(Outlet, "reply", forgetful)


@mistake
def a_line_that_is_heard_again_stays_silent(patch: Patch) -> None:
    before = Roster.set_silent

    def once(self: Any, user_id: str, ref: str, *, silent: bool) -> Change:
        return before(self, user_id, ref, silent=silent) if silent else Change()

    patch.setattr(Roster, "set_silent", once)


@mistake
def nobody_is_told_who_is_silent(patch: Patch) -> None:
    patch.setattr(Room, "set_silent", lambda self, client, silent: None)


@mistake
def options_are_not_told(patch: Patch) -> None:
    patch.setattr(Doors, "_tell", lambda *_: None)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found(name: str, monkeypatch: Patch) -> None:
    plans = PLANS.get(name, make_plan)
    MISTAKES[name](monkeypatch)
    for seed in range(SEEDS):
        violation = simulate(plans(seed)).violation
        if violation is not None:
            print(f"\n{name}: found with {seed + 1} seeds, {violation}")
            assert "AttributeError" not in str(violation), "the mistake changes what is not there"
            return
    pytest.fail(f"{name} was not found with {SEEDS} seeds")
