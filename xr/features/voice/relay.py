"""The relay of one room's voices: who talks, who hears whom, and the step every 20 ms.

Bounds and policies: a slot of 3 packets a talker, the oldest goes; 64 talkers, a further one is
refused; no packet leaves later than 0.2 s after it came. Nothing is stored.
"""

from collections.abc import Mapping
from typing import ClassVar

import trio

from xr.events import (
    ClientAttached,
    ConnectionsChanged,
    Event,
    UserChanged,
    UserJoined,
    UserLeft,
)
from xr.features.voice.listeners import Ignore, Listeners
from xr.features.voice.microphones import Microphones
from xr.features.voice.sender import Sender
from xr.features.voice.stage import SetStage, Stage
from xr.features.voice.talkers import PACKETS_A_SECOND, Talker
from xr.roles import Capability
from xr.rooms.feature import Feature, Intent, Member, Rate, Site
from xr.rooms.protocols import Client
from xr.rooms.ticks import next_multiple
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused
from xr.wire.voice import InvalidPacket, check_voice

STEP = 0.02
"""Seconds between two steps of the relay, while somebody talks."""
MOST_TALKERS = 64
"""Users who talk at a time. Full: a further one is refused until another is quiet."""


class Voice(Feature):
    """The voices of one room."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._inbox = site.stream.subscribe("voice", merging=False)
        self._numbers: dict[str, int] = {}  # of the users present
        self._listeners = Listeners(site.pose_of)
        self._talkers: dict[str, Talker] = {}
        self._stage = Stage(site)
        self._options = site.door.options
        self._sender = Sender(site.encoder, site.metrics)
        self._microphones = Microphones(site.people, self._listeners, self._sender)

    # The intents.

    def talk(self, member: Member, payload: bytes) -> None:
        """Keep a packet for the next step.

        Raises:
            Refused: the user may not speak, it is no packet, comes too fast, or too many talk.
        """
        refusal = self._stage.refusal(member.user_id)
        if refusal is not None:
            raise refusal
        try:
            packet = check_voice(payload)
        except InvalidPacket as error:
            raise Refused(Reason.INVALID_PAYLOAD, str(error)) from error
        now = trio.current_time()
        talker = self._talker(member.user_id, now)
        if not self._microphones.admit(member, packet.flags, talker.number):
            self._count("another connection")
            return
        if not talker.may_send(len(payload)):
            raise Refused(Reason.TOO_FAST)
        self.site.metrics.voice_packets += 1
        self._count("replaced", talker.put(packet, now))
        self._inbox.wake()

    def ignore(self, member: Member, payload: Ignore) -> None:
        """Hold a user's voice back from a listener, or give it again.

        Raises:
            Refused: too many are ignored already.
        """
        self._listeners.ignore(member.user_id, payload.user_id, ignored=payload.ignored)

    def set_stage(self, member: Member, payload: SetStage) -> None:
        """Let a user be heard everywhere in the room, or no longer.

        Raises:
            Refused: the user is not present, or the stage is full.
        """
        self._read()
        if self._stage.put(payload.user_id, on=payload.on):
            self.site.audit.note(
                member.user_id, "stage" if payload.on else "unstage", payload.user_id
            )
            self._listeners.choose_soon()

    intents: ClassVar = {
        "voice": Intent(
            bytes,
            talk,
            rate=Rate(a_second=PACKETS_A_SECOND, burst=PACKETS_A_SECOND),
        ),
        "i_ignore": Intent(Ignore, ignore),
        "set_stage": Intent(SetStage, set_stage, needs=Capability.CONFIGURE),
    }

    def _talker(self, user_id: str, now: float) -> Talker:
        self._read()
        talker = self._talkers.get(user_id)
        if talker is not None:
            return talker
        number = self._numbers.get(user_id)
        if number is None:
            raise Refused(Reason.TOO_EARLY)
        if len(self._talkers) >= MOST_TALKERS:
            raise Refused(Reason.TOO_MANY, f"{MOST_TALKERS} people talk already.")
        talker = self._talkers[user_id] = Talker(user_id, number, now)
        self._listeners.choose_soon()
        return talker

    def _count(self, why: str, number: int = 1) -> None:
        if number:
            self.site.metrics.dropped[f"voice: {why}"] += number

    # The task.

    async def run(self) -> None:
        """Sleep while nobody talks; else do a step at once, and then one every 20 ms."""
        while True:
            await self._inbox.wait()
            self._read()
            while self._talkers:
                now = trio.current_time()
                self._step(now)
                await trio.sleep_until(next_multiple(now, STEP))
                self._read()

    def _step(self, now: float) -> None:
        """Have what waits sent, now or with a tick that is due; forget those who are quiet."""
        for user_id in [each.user_id for each in self._talkers.values() if each.is_quiet(now)]:
            del self._talkers[user_id]
        waits = any(each.waits for each in self._talkers.values())
        if waits and not self.site.ride(self._relay):
            self._sender.send(self._relay(now))

    def _read(self) -> None:
        """Follow who is present, who listens and who may speak."""
        for entry in self._inbox.take_all():
            self._take(entry.event)
        if self._options is not self.site.door.options:
            self._options = self.site.door.options
            for user_id in self._numbers:
                self._check(user_id)

    def _take(self, event: Event) -> None:
        if isinstance(event, UserJoined):
            self._numbers[event.user_id] = event.number
        elif isinstance(event, UserLeft):
            self._numbers.pop(event.user_id, None)
            self._talkers.pop(event.user_id, None)
            self._listeners.left(event.user_id)
            self._stage.left(event.user_id)
            self._microphones.left(event.user_id)
        elif isinstance(event, UserChanged):
            self._check(event.user_id)
        elif isinstance(event, ClientAttached):
            self._listeners.add(event.client)
        elif isinstance(event, ConnectionsChanged) and event.leaves:
            self._listeners.drop_gone()
            self._microphones.ended(event)

    def _check(self, user_id: str) -> None:
        """Silence a user who may speak no longer: what waits is not sent, the microphone is off."""
        if self._stage.refusal(user_id) is None:
            return
        self._talkers.pop(user_id, None)
        self._microphones.drop(user_id)
        if user_id in self.site.people and self.site.people[user_id].mic == "on":
            self.site.people.change(user_id, mic="off")

    def _relay(self, now: float) -> Mapping[Client, bytes]:
        """Take the packets that wait, as frames for those who hear them."""
        self._read()
        groups = self._listeners.groups(self._talkers, self._stage.users, now)
        return self._sender.frames(groups, {u: each.take(now) for u, each in self._talkers.items()})
