"""Voices in a storm: talkers, mutes, laggards, crashes, and people who come, go and change rooms.

A packet is never heard by one who may not hear it, those of a talker come in order, and nothing
older than 0.2 s leaves. All that is checked between two actions was sent in the time between them.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
import trio
from trio.testing import MockClock

from tests.channels.backend import Backend, Browser, open_backend, pose, settled
from tests.features.test_who_speaks import FEATURES
from tests.features.voices import Talker
from xr.features.voice.listeners import CHOOSE
from xr.features.voice.nearest import RANGE, SLACK
from xr.features.voice.talkers import OLDEST
from xr.roles import Role
from xr.rooms.feature import Feature, Intent, Member
from xr.rooms.options import Who
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.wire.messages import Message

HALL = "room:hall"
ROOMS = (HALL, "room:garden")
NAMES = ("ann", "bob", "cat", "dan", "eve", "member", "moderator")
OWNER = "owner"
STEP = 0.005
"""Seconds between two looks at what was heard."""


class Break(Message, frozen=True, kw_only=True):
    pass


class Breaking(Feature):
    """Fails when it is asked to, and the room with it."""

    def fail(self, member: Member, _: Break) -> None:
        raise ZeroDivisionError(member.user_id)

    intents: ClassVar = {"break": Intent(Break, fail)}


@dataclass
class Person:
    """A user as the model knows them; ``topic`` is the room in which they are, or None."""

    talker: Talker
    role: Role
    topic: str | None = None
    x: float = 0.0
    was_at: list[tuple[float, float]] = field(default_factory=list)  # until when they stood where
    new_until: float = 0.0  # they may be anywhere: where they stood last in this room, or were put
    muted: bool = False
    stage: bool = False
    kicked: set[str] = field(default_factory=set)
    ignores: set[str] = field(default_factory=set)
    newest: dict[str, int] = field(default_factory=dict)  # the last packet that it heard, by talker

    @property
    def browser(self) -> Browser:
        return self.talker.browser

    def gone(self) -> None:
        """They have left their room with all that is kept for the visit."""
        self.topic, self.stage, self.ignores, self.newest = None, False, set(), {}

    def places(self, now: float) -> list[float]:
        """The places where they stood since the last choice of who hears whom."""
        return [self.x, *[x for until, x in self.was_at if until >= now - CHOOSE - STEP]]


class Storm:
    """The model of two rooms, and the actions that change it."""

    def __init__(self, backend: Backend, rng: random.Random, clock: MockClock) -> None:
        self.backend = backend
        self.rng = rng
        self.clock = clock
        roles = {**dict.fromkeys(NAMES, Role.GUEST), OWNER: Role.OWNER}
        roles.update(member=Role.MEMBER, moderator=Role.MODERATOR)
        self.people = {
            name: Person(Talker(backend.browser(name), 0), role) for name, role in roles.items()
        }
        self.sent: dict[tuple[str, int], tuple[float, str]] = {}
        self.numbers: dict[str, dict[int, str]] = {topic: {} for topic in ROOMS}
        self.options: dict[str, object] = {"who_may_speak": "everybody", "voice": True}
        self.heard = 0

    # The rules.

    def may_speak(self, name: str) -> bool:
        person = self.people[name]
        if person.topic != HALL:
            return True  # roles, mutes and options are those of the hall
        least = {"everybody": Role.GUEST, "members": Role.MEMBER, "moderators": Role.MODERATOR}
        reaches = not least[str(self.options["who_may_speak"])].outranks(person.role)
        return bool(self.options["voice"]) and not person.muted and (person.stage or reaches)

    def may_hear(self, ear: str, name: str) -> bool:
        listener, talker = self.people[ear], self.people[name]
        if listener.topic is None or listener.topic != talker.topic or ear == name:
            return False
        if name in listener.ignores or listener.browser.transport.lags:
            return False
        now = trio.current_time()
        near = now < max(listener.new_until, talker.new_until) or any(
            math.dist([one], [other]) <= RANGE + SLACK
            for one in listener.places(now)
            for other in talker.places(now)
        )
        return self.may_speak(name) and (near or talker.stage)

    # Heard since the last time.

    def look(self) -> None:
        """Check all that was heard, and note who has which number."""
        told = {name: person.browser.told() for name, person in self.people.items()}
        for messages in told.values():
            for _, _, topic, event, payload in messages:
                self._note_numbers(topic, event, payload)
        for name, messages in told.items():
            for _, _, topic, event, payload in messages:
                if event == "voice":
                    for number, packet in payload:
                        self._check(name, topic, self.numbers[topic][number], packet.seq)

    def _note_numbers(self, topic: str, event: str, payload: Any) -> None:
        if event == "user_snapshot":
            self.numbers[topic].update({user["n"]: name for name, user in payload.items()})
        elif event == "stoc" and payload["event"] == "user_joined":
            self.numbers[topic][payload["payload"]["n"]] = payload["payload"]["user_id"]

    def _check(self, ear: str, topic: str, name: str, seq: int) -> None:
        at, sent_to = self.sent[name, seq]
        assert topic == sent_to == self.people[ear].topic, "in another room"
        assert self.may_hear(ear, name), (
            f"{ear} hears {name}: {self.people[ear]} {self.people[name]} {self.options}"
        )
        assert seq > self.people[ear].newest.get(name, 0), "out of order"
        assert trio.current_time() - at <= OLDEST + STEP, "too old"
        self.people[ear].newest[name] = seq
        self.heard += 1

    async def wait(self, seconds: float) -> None:
        """Let time pass, and look at what is heard meanwhile."""
        end = trio.current_time() + seconds
        while trio.current_time() < end:
            await trio.sleep(STEP)
            self.look()

    # The actions.

    def ask(self, person: Person, intent: str, **payload: object) -> bool:
        """Whether an intent is obeyed. All that was heard before is looked at before."""
        ref = person.browser.push(intent, payload, person.topic or HALL)
        mine = [each for each in person.browser.transport.heard if each[1] == ref]
        return bool(mine) and mine[0][4]["status"] == "ok"

    def talk(self, name: str, packets: int = 1) -> None:
        person = self.people[name]
        topic = person.topic or HALL  # who is out talks, too
        for _ in range(packets):
            person.talker.talk(topic=topic)
            self.sent[name, person.talker.seq] = (trio.current_time(), topic)

    def stand(self, name: str, x: float) -> None:
        person = self.people[name]
        if person.topic is not None:
            person.was_at.append((trio.current_time(), person.x))
            person.x = x
            person.browser.push("i_moved", pose(x), person.topic)

    def join(self, name: str, topic: str) -> None:
        person = self.people[name]
        if person.topic is None:
            person.browser.transport.lags = False
            person.browser.join(topic, voice=1, tab=name)
            person.new_until = trio.current_time() + 2 * CHOOSE
            if topic not in person.kicked:
                person.topic = topic
                self.stand(name, person.x)

    def leave(self, name: str) -> None:
        person = self.people[name]
        if person.topic is not None:
            person.browser.push("phx_leave", {}, person.topic)
            person.gone()

    def lose(self, name: str) -> None:
        """The connection breaks; the user is back on another one before the grace is over."""
        person, topic = self.people[name], self.people[name].topic
        if topic is None:
            return
        person.browser.end(1006)
        person.talker.browser = self.backend.browser(name)
        person.topic = None
        person.ignores = set()
        self.join(name, topic)

    def mute(self, name: str, muted: bool) -> None:
        if self.ask(self.people[OWNER], "mute", user_id=name, muted=muted):
            self.people[name].muted = muted

    def stage(self, name: str, on: bool) -> None:
        if self.ask(self.people[OWNER], "set_stage", user_id=name, on=on):
            self.people[name].stage = on

    def role(self, name: str, role: Role) -> None:
        if self.ask(self.people[OWNER], "set_role", user_id=name, role=role.value):
            self.people[name].role = role

    def kick(self, name: str) -> None:
        if self.ask(self.people[OWNER], "kick", user_id=name):
            self.people[name].kicked.add(HALL)
            if self.people[name].topic == HALL:
                self.people[name].gone()

    def ignore(self, name: str, other: str, ignored: bool) -> None:
        person = self.people[name]
        if self.ask(person, "i_ignore", user_id=other, ignored=ignored):
            (person.ignores.add if ignored else person.ignores.discard)(other)

    def set_options(self, **options: object) -> None:
        if self.ask(self.people[OWNER], "set_room", **options):
            self.options.update(options)

    def crash(self, name: str) -> None:
        """The room of a user fails; its people hear nothing more of it until they join anew."""
        topic = self.people[name].topic
        if topic is None:
            return
        self.ask(self.people[name], "break")
        for person in self.people.values():
            if person.topic == topic:
                person.gone()

    def stall(self) -> None:
        """Nothing runs for a while."""
        self.clock.jump(self.rng.choice([0.05, 0.19, 0.3]))

    def action(self) -> Callable[[], None]:
        """A random action, as likely as its weight."""
        rng = self.rng
        name, other = rng.sample(sorted(self.people), 2)
        guest = rng.choice(NAMES)
        options: list[dict[str, object]] = [{"who_may_speak": who} for who in Who]
        options += [{"voice": voice} for voice in (True, True, True, True, False)]
        topic = HALL if name == OWNER else rng.choice(ROOMS)
        actions: list[tuple[int, Callable[[], None]]] = [
            (60, lambda: self.talk(name, rng.randint(1, 4))),
            (10, lambda: self.stand(name, rng.choice([0.0, 10.0, 26.0, 60.0]))),
            (15, lambda: self.join(name, topic)),
            (3, lambda: self.leave(name) if name != OWNER else None),
            (3, lambda: self.lose(name)),
            (4, lambda: self.mute(guest, rng.random() < 0.5)),
            (4, lambda: self.stage(guest, rng.random() < 0.5)),
            (3, lambda: self.role(guest, rng.choice([Role.GUEST, Role.MEMBER, Role.MODERATOR]))),
            (1, lambda: self.kick(guest)),
            (6, lambda: self.ignore(name, other, rng.random() < 0.5)),
            (4, lambda: self.set_options(**rng.choice(options))),
            (6, lambda: self.lag(name)),
            (1, lambda: self.crash(name)),
            (4, self.stall),
        ]
        return rng.choices([each for _, each in actions], [weight for weight, _ in actions])[0]

    def lag(self, name: str) -> None:
        """Somebody's connection falls behind, or has room again."""
        self.people[name].browser.transport.lags = self.rng.random() < 0.5


@pytest.mark.parametrize("seed", range(4))
async def test_nobody_hears_what_they_may_not(autojump_clock: MockClock, seed: int) -> None:
    rng = random.Random(seed)
    async with open_backend(
        "hall", "garden", features=[*FEATURES, Breaking], grace=60.0
    ) as backend:
        standings = {role.value: Standing(role) for role in Role if role is not Role.GUEST}
        await backend.store.save_standings(Tenure("hall"), standings)
        storm = Storm(backend, rng, autojump_clock)
        for name in storm.people:
            storm.join(name, HALL)
            storm.stand(name, 0.0)
        await settled()
        for _ in range(300):
            storm.look()
            storm.action()()
            await storm.wait(rng.choice([0.0, 0.0, STEP, 0.02, 0.1]))
        assert storm.heard > 50
        await calm(storm)


async def calm(storm: Storm) -> None:
    """When the storm is over, those who are near hear each other as ever."""
    await storm.wait(2.0)
    for name, person in storm.people.items():
        person.browser.transport.lags = False
        storm.leave(name)
    await storm.wait(0.5)
    storm.join(OWNER, HALL)
    await storm.wait(0.5)
    storm.set_options(who_may_speak="everybody", voice=True)
    names = [name for name in NAMES if not storm.people[name].kicked]
    for name in names:
        storm.mute(name, False)
        storm.join(name, HALL)
        await storm.wait(1.0)
        storm.stand(name, 0.0)
    storm.stand(OWNER, 0.0)
    await storm.wait(0.5)
    before = storm.heard
    for name in names:
        storm.talk(name)
    await storm.wait(0.1)
    assert storm.heard - before == len(names) * len(names)  # each of the others, and the owner
