"""People in rooms beside their walking: an account of profiles, chat, gestures and doors.

It hears each event of a room's stream, each intent that a room obeys, and what the disk has. A
thing that does not follow from these is a violation.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import trio

from tests.simulation.members import Member, Run
from tests.simulation.timeline import Journal
from xr.events import Event, UserChanged, UserJoined, UserLeft
from xr.features.chat import Said, Unsaid
from xr.features.doors import RoomChanged, shown
from xr.features.reactions import Reacted
from xr.profile import Profile, default_profile
from xr.rooms.options import Options
from xr.rooms.protocols import RoomRecord

KEPT = 50
PASSWORDS = ("sesame", "abrakadabra")
TOLD = (UserChanged, Said, Unsaid, Reacted, RoomChanged)
"""The events that everybody is told in their order."""


def wire(payload: object) -> dict[str, Any]:
    """A payload as a client decodes it."""
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(payload))
    return decoded


def state_of(shown_user: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a user in a payload, without what is off."""
    left_out = {"user_id", "n", "position", "rotation", "left", "right"}
    state = {k: v for k, v in shown_user.items() if k not in left_out and v not in (None, False)}
    if "hand" not in state:
        state.pop("hand_at", None)
    return state


@dataclass
class Talk:
    """The chat of a room: the lines that there are, and those of them that the disk has.

    ``known`` are all that were ever said, ``said`` and ``removed`` when they came and went, by id.
    """

    lines: dict[str, Said] = field(default_factory=dict)
    disk: set[str] = field(default_factory=set)
    known: dict[str, Said] = field(default_factory=dict)
    said: dict[str, float] = field(default_factory=dict)
    removed: dict[str, float] = field(default_factory=dict)
    doubt: set[str] = field(default_factory=set)  # of a user whose forgetting failed half-way


@dataclass
class Doors:
    """The options of a room, those that the disk has, and who was let in by which password."""

    options: Options | None = None
    disk: Options | None = None
    let_in: set[tuple[str, int]] = field(default_factory=set)
    invites: dict[str, str] = field(default_factory=dict)  # id → the text of its link
    links: list[str] = field(default_factory=list)  # the texts of all that were ever made
    changed_at: float = -1_000.0
    closed_at: float = -1_000.0  # when it was last locked, or had a password


class Society:
    """The account of one world."""

    def __init__(self, journal: Journal) -> None:
        self.talks: dict[str, Talk] = {}
        self.doors: dict[str, Doors] = {}
        self.texts: dict[str, tuple[str, str]] = {}  # text → room and user who sent it
        self.profiles: dict[str, Profile] = {}
        self.disk_profiles: dict[str, Profile] = {}
        self.chosen_at: dict[str, float] = {}
        self.doubtful: set[str] = set()  # users whose profile may be the default one
        self._journal = journal

    def talk(self, room_id: str) -> Talk:
        """The chat of a room."""
        return self.talks.setdefault(room_id, Talk())

    def door(self, room_id: str) -> Doors:
        """The door of a room."""
        return self.doors.setdefault(room_id, Doors())

    def profile(self, user_id: str) -> Profile:
        """The profile that a user has."""
        return self.profiles.get(user_id) or default_profile(user_id)

    # A room opens, publishes, and lets somebody in.

    def opened(self, run: Run, record: RoomRecord) -> None:
        """A room is made of its record; what was left over comes as events, or later."""
        talk, door = self.talk(run.room_id), self.door(run.room_id)
        for line_id, line in record.lines.items():
            run.lines[line_id] = wire(Said(line_id, line.user_id, line.name, line.text, line.at))
            if line_id in talk.removed and line_id not in talk.disk:
                raise self._fault("what is removed stays away", run.room_id, line_id)
        run.options = wire(shown(record.options))
        if door.options is None:
            door.options = door.disk = record.options

    def published(self, run: Run, event: Event) -> None:
        """The next event of a room's stream."""
        now, room_id = trio.current_time(), run.room_id
        if isinstance(event, UserJoined):
            run.people[event.user_id] = state = state_of(wire(event.state))
            self._check_newcomer(run, event.user_id, state)
        elif isinstance(event, UserLeft):
            run.people.pop(event.user_id, None)
        if not isinstance(event, TOLD):
            return
        payload = wire(event.payload())
        if isinstance(event, UserChanged):
            if event.user_id not in run.numbers:
                raise self._fault("only those present change", room_id, event.user_id)
            run.people[event.user_id] = state_of({**run.people[event.user_id], **payload})
        elif isinstance(event, Said):
            self._said(run, event, now)
        elif isinstance(event, Unsaid):
            talk = self.talk(room_id)
            if run.lines.pop(event.id, None) is None:
                raise self._fault("only what is there is removed", room_id, event.id)
            talk.lines.pop(event.id, None)
            talk.removed.setdefault(event.id, now)
        elif isinstance(event, Reacted) and event.user_id not in run.numbers:
            raise self._fault("only those present show gestures", room_id, event.user_id)
        elif isinstance(event, RoomChanged):
            run.options = payload
        run.log.append((event.wire, payload))

    def _said(self, run: Run, event: Said, now: float) -> None:
        talk, room_id = self.talk(run.room_id), run.room_id
        if event.id in talk.removed:
            raise self._fault("what is removed stays away", room_id, event.id)
        if event.id in talk.said:  # an earlier run could not write it
            if wire(talk.known[event.id]) != wire(event):
                raise self._fault("lines stay as they are", room_id, event)
        else:
            if event.user_id not in run.numbers:
                raise self._fault("only those present write", room_id, event)
            if run.room.standings[event.user_id].muted:
                raise self._fault("nobody writes who is muted", room_id, event)
            if self.texts.get(event.text) != (room_id, event.user_id):
                raise self._fault("lines as sent", room_id, event)
            if event.name != run.people[event.user_id]["name"]:
                raise self._fault("lines have the name of their time", room_id, event)
            talk.said[event.id], talk.known[event.id] = now, event
        talk.lines[event.id] = event
        run.lines.pop(event.id, None)
        run.lines[event.id] = wire(event)
        for lines in (run.lines, talk.lines):
            if len(lines) > KEPT:
                del lines[next(iter(lines))]

    def _check_newcomer(self, run: Run, user_id: str, state: Mapping[str, Any]) -> None:
        expected = self.profile(user_id)
        found = Profile(state["name"], state["color"], state["avatar"])
        doubtful = user_id in self.doubtful and found == default_profile(user_id)
        if found != expected and not doubtful:
            raise self._fault("profiles hold everywhere", run.room_id, user_id, found, expected)
        standing = run.room.standings[user_id]
        mic = "muted" if standing.muted else "off"
        if (state["role"], state["mic"], "hand" in state) != (standing.role, mic, False):
            raise self._fault("newcomers have their role", run.room_id, user_id, state, standing)

    def came(self, run: Run, member: Member) -> None:
        """A client is attached: it is shown the room as it is at this place of the stream."""
        room_id, talk, door = run.room_id, self.talk(run.room_id), self.door(run.room_id)
        expected = [k for k in talk.lines if k not in talk.doubt]
        if [k for k in run.lines if k not in talk.doubt] != expected:
            raise self._fault("lines outlive a run", room_id, list(run.lines), expected)
        assert door.options is not None
        if run.options != wire(shown(door.options)):
            raise self._fault("options outlive a run", room_id, run.options, door.options)
        member.people = {user_id: dict(state) for user_id, state in run.people.items()}
        member.lines = list(run.lines.values())
        member.options = run.options

    def check_door(self, run: Run, member: Member, inside: bool) -> None:
        """A client comes in: by its role, an invite, a password, or an open door."""
        door, user_id = self.door(run.room_id), member.user_id
        options = door.options
        assert options is not None
        right = options.password == hashed(member.password)
        known = (user_id, options.password_epoch) in door.let_in
        invited = member.invite in door.invites.values()
        if right or invited:
            door.let_in.add((user_id, options.password_epoch))
        if inside or invited or run.room.standings[user_id].role != "guest":
            return
        if options.locked:
            raise self._fault("a lock keeps strangers out", run.room_id, user_id)
        if options.password is not None and not (known or right):
            raise self._fault("a password keeps strangers out", run.room_id, user_id)

    # Intents.

    def obeyed(self, room_id: str, name: str, by: str, payload: Any, response: Any) -> None:
        """A room has obeyed an intent."""
        now, door = trio.current_time(), self.door(room_id)
        if name == "i_am":
            changes = {k: getattr(payload, k) for k in ("name", "color", "avatar")}
            changes = {k: v for k, v in changes.items() if v is not None}
            profile = msgspec.structs.replace(self.profile(by), **changes)
            self.profiles[by] = profile
            self.chosen_at[by] = now
        elif name == "set_room":
            changes = {k: getattr(payload, k) for k in payload.__struct_fields__}
            changes = {k: v for k, v in changes.items() if v is not msgspec.UNSET}
            assert door.options is not None
            if "password" in changes:
                changes["password_epoch"] = door.options.password_epoch + 1
            was_guarded = door.options.guarded
            door.options = msgspec.structs.replace(door.options, **changes)
            door.changed_at = now
            if was_guarded or door.options.guarded:
                door.closed_at = now
        elif name == "invite":
            door.invites[response.id] = response.url.partition("?invite=")[2]
            door.links.append(door.invites[response.id])
        elif name == "revoke":
            del door.invites[payload.id]

    def knock(self, room_id: str, who: str) -> dict[str, str]:
        """The words with which a page comes to the door of a room: none, the right, or others."""
        door = self.door(room_id)
        if door.options is None or not door.options.guarded:
            return {}
        rng = random.Random(f"knock {who} {trio.current_time()}")
        words: dict[str, str] = {}
        if rng.random() < 0.6:
            words["password"] = rng.choice(PASSWORDS)
        if door.links and rng.random() < 0.3:
            words["invite"] = rng.choice(door.links)
        return words

    def may_be_closed(self, room_id: str, lately: float) -> bool:
        """Whether the door may have been closed to somebody not long ago."""
        door = self.door(room_id)
        closed = door.options is not None and door.options.guarded
        return closed or trio.current_time() - door.closed_at < lately

    # The disk.

    def wrote_chat(self, room_id: str, line_ids: set[str]) -> None:
        """The disk has these lines of a room now."""
        talk = self.talk(room_id)
        for line_id in line_ids - talk.disk:
            if line_id not in talk.said:
                raise self._fault("only what was said", room_id, line_id)
        talk.disk = line_ids

    def wrote_options(self, room_id: str, options: Options) -> None:
        """The disk has these options."""
        self.door(room_id).disk = options

    def forgot(self, user_id: str, open_rooms: set[str]) -> None:
        """The disk has nothing of a user any longer, and closed rooms have not either."""
        self.disk_profiles.pop(user_id, None)
        for room_id, talk in self.talks.items():
            gone = {k for k, line in talk.lines.items() if line.user_id == user_id}
            talk.disk -= gone
            if room_id not in open_rooms:
                for line_id in gone:
                    del talk.lines[line_id]
                    talk.removed[line_id] = trio.current_time()

    def half_forgot(self, user_id: str) -> None:
        """The disk failed to, while memory has done so."""
        self.doubtful.add(user_id)
        for talk in self.talks.values():
            talk.doubt |= {k for k, line in talk.lines.items() if line.user_id == user_id}

    def restarted(self) -> None:
        """A new process knows what the disk has."""
        self.profiles = dict(self.disk_profiles)
        for talk in self.talks.values():
            on_disk = sorted((talk.known[k] for k in talk.disk), key=lambda line: line.at)
            talk.lines = {line.id: line for line in on_disk[-KEPT:]}
            for line_id in talk.lines:
                talk.removed.pop(line_id, None)  # which was not written
        for door in self.doors.values():
            door.options = door.disk

    def unwritten(self, before: float, deleted: set[str]) -> list[tuple[str, str]]:
        """Changes from before a moment that the disk lacks."""
        found = []
        for room_id, talk in self.talks.items():
            if room_id in deleted:
                continue
            lines, disk = talk.lines.keys() - talk.doubt, talk.disk - talk.doubt
            found += [(room_id, k) for k in lines - disk if talk.said[k] < before]
            found += [(room_id, k) for k in disk if talk.removed.get(k, before) < before]
        for user_id, profile in self.profiles.items():
            written = self.disk_profiles.get(user_id)
            if written != profile and self.chosen_at.get(user_id, before) < before:
                found.append((user_id, str(profile)))
        for room_id, door in self.doors.items():
            if room_id not in deleted and door.options != door.disk and door.changed_at < before:
                found.append((room_id, str(door.options)))
        return found

    def _fault(self, rule: str, *what: object) -> Exception:
        return self._journal.fault(rule, *what)


def hashed(password: str | None) -> str | None:
    """Stands for the hash of a password, which takes its time."""
    return None if password is None else f"hash of {password}"
