"""A room: presence, snapshot, reflector and features on one stream; ``running`` runs their tasks.

Connections call the plain functions; each only publishes or hands over a command, and never waits.
To give rooms a new behaviour, write a feature (docs/extending.md).
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import msgspec

from xr.errors import RoomFault
from xr.events import UserMoved
from xr.profile import Profile
from xr.roles import SILENCED, Capability
from xr.rooms.building import Building
from xr.rooms.door import Door, Visitor, refusal
from xr.rooms.feature import Intent, Member
from xr.rooms.lifecycle import Ending, Lifecycle
from xr.rooms.options import Options
from xr.rooms.parts import (
    intents_of,
    ledgers_of,
    make_site,
    make_snapshot,
    make_standings,
    views_of,
)
from xr.rooms.people import People
from xr.rooms.presence import Command, Expel, Join, Leave, Presence, SetSilent
from xr.rooms.profiles import Profiles
from xr.rooms.protocols import Client, Knock, RoomRecord, Visit
from xr.rooms.reflector import Reflector
from xr.rooms.roster import Roster
from xr.rooms.spawn import SpawnArea
from xr.rooms.standings import Standing
from xr.rooms.stream import Stream
from xr.rooms.telling import tell
from xr.rooms.tenure import Tenure
from xr.wire.reasons import Reason
from xr.wire.record import AnyPose
from xr.wire.refusals import Refused

P = TypeVar("P")


HandOver = Callable[[Client, Client | None, Profile | None], None]
"""Gives presence a client that asks to join, the earlier one that it replaces, and the profile that
the store has of its user, None if it could not be read."""


class Room:
    """One room while it is open. ``tick`` gives the seconds between two reflections; ``count`` is
    called with 1 when a member comes and -1 when one goes.
    """

    def __init__(
        self,
        record: RoomRecord,
        tenure: Tenure,
        building: Building,
        profiles: Profiles,
        tick: Callable[[], float],
        count: Callable[[int], None],
        rng: random.Random,
    ) -> None:
        settings = building.settings
        self.room_id = record.room_id
        self.life = Lifecycle(settings.idle)
        self.stream = Stream()
        self.members: set[Client] = set()
        self.standings = make_standings(record, self._standing_changed, tenure, building)
        self.door = Door(record, tenure, building.store, building.signer, building.now)
        roster = Roster(self.door.options.narrow(settings.limit))
        self.people = People(self.stream, roster)
        self._profiles = profiles
        site = make_site(self, record, tenure, building, profiles, rng)
        self.visitors = site.visitors
        self.features = [make(site) for make in building.features]
        self.intents = intents_of(self.features)
        ledgers = [*self.door.ledgers, *ledgers_of(site, self.features)]
        self.snapshot = make_snapshot(self.stream, ledgers, tenure, building)
        inbox, views = self.stream.subscribe("reflector"), views_of(record, self.features)
        self.reflector = Reflector(inbox, site.encoder, views, tick, building.metrics)
        self.presence = Presence(
            self.stream,
            roster,
            self.snapshot,
            partial(SpawnArea(record.entities).pose, rng=rng),
            always_spawn=record.options.always_spawn,
            grace=settings.grace,
            left=self.life.wake,
        )
        self.door.watchers.append(partial(self._set_up, settings.limit))
        self._count = count
        self._metrics = building.metrics

    # Calls of connections.

    def moved(self, client: Client, pose: AnyPose) -> None:
        """Publish the pose, unless the client has left. Called only after its ``welcome``."""
        user = self.presence.roster.users.get(client.user_id)
        if client not in self.members or user is None:
            return
        self._metrics.poses += 1
        try:
            self.stream.publish(UserMoved(client.user_id, user.number, pose))
        except RoomFault as fault:
            self.life.close(Ending.FAILED, fault)

    def intent(self, name: str, member: Member) -> Intent[Any]:
        """The intent of this name, which the member may ask for.

        Raises:
            Refused: there is no such intent, or the member may not ask for it.
        """
        intent = self.intents.get(name)
        if intent is None:
            raise Refused(Reason.UNKNOWN_EVENT)
        if not self.door.options.allow(member.role, intent.needs):
            raise Refused(Reason.NOT_ALLOWED)
        if member.muted and intent.needs in SILENCED:
            raise Refused(Reason.MUTED, "A moderator has muted you in this room.")
        return intent

    def may(self, standing: Standing, capability: Capability | None) -> bool:
        """Whether a user who stands so has the capability, by the options of this room too."""
        return self.door.options.allow(standing.role, capability, muted=standing.muted)

    def obey(self, intent: Intent[P], member: Member, payload: P) -> Any:
        """Have a feature obey an intent of a member; returns the response.

        A fault of the feature ends the room, as one in its task does.

        Raises:
            Refused: the feature says why, or the room is closing.
        """
        if self.life.closing:
            raise Refused(Reason.CLOSED)
        try:
            response = intent.obey(member, payload)
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the room ends
            fault = RoomFault(f"a feature failed to obey an intent of {member.user_id}")
            fault.__cause__ = error
            self.life.close(Ending.FAILED, fault)
            raise Refused(Reason.CHANNEL_CRASH) from fault
        return {} if response is None else response

    def leave(self, client: Client, *, goodbye: bool) -> None:
        """End the client's membership; a second call does nothing."""
        if client in self.members:
            self.members.discard(client)
            self._count(-1)
            self.reflector.detach(client)
            self._command(Leave(client, goodbye))

    def set_silent(self, client: Client, *, silent: bool) -> None:
        """Note that nothing comes from the client any more, or that it is heard again."""
        if client in self.members:
            self._command(SetSilent(client, silent))

    def backlog_sent(self, client: Client) -> None:
        """Note that the client's connection has room for frames again."""
        self.reflector.backlog_sent(client)

    def _command(self, command: Command) -> None:
        """Hand over to presence. A fault ends the room: the connection is not to blame for it."""
        try:
            self.presence.command(command)
        except RoomFault as fault:
            self.life.close(Ending.FAILED, fault)

    @property
    def users(self) -> int:
        """The number of users present."""
        return len(self.presence.roster.users)

    def is_needed(self) -> bool:
        """Whether a user is present or a join is on its way."""
        return bool(self.presence.roster.users) or self.snapshot.expects

    def _standing_changed(self, user_id: str) -> None:
        """The standing of a user has changed: it holds and is told at once, and is written soon."""
        standing = self.standings[user_id]
        for client in self.members:
            if client.user_id == user_id:
                client.standing = standing
        if user_id in self.people:
            silent = self.people[user_id].mic == "muted"
            news = {"mic": "muted" if standing.muted else "off"} if silent != standing.muted else {}
            self.people.change(user_id, role=standing.role, **news)
        self.snapshot.flusher.hurry()

    def know(self, user_id: str, profile: Profile) -> None:
        """Show everybody the new profile of a user, if they are present."""
        try:
            self.people.change(user_id, **msgspec.structs.asdict(profile))
        except RoomFault as fault:
            self.life.close(Ending.FAILED, fault)

    def _set_up(self, limit: int, options: Options) -> None:
        """Options or invites have changed: they hold at once, and are written soon."""
        self.presence.always_spawn = options.always_spawn
        self.presence.roster.narrow(options.narrow(limit))
        self.snapshot.flusher.hurry()

    def expel(self, user_id: str, reason: Reason) -> None:
        """End all memberships of a user, also of connections that are lost and in grace."""
        for client in [each for each in self.members if each.user_id == user_id]:
            tell(client, partial(client.dismiss, reason))
        self._command(Expel(user_id))

    # Calls of the lobby.

    def visitor(self, user_id: str, knock: Knock, visit: Visit) -> Visitor:
        """The facts about a user who wants in, but for their password."""
        role = self.standings[user_id].role
        inside = user_id in self.presence.roster.users
        return self.door.visitor(user_id, role, knock, inside=inside, stored=visit.let_in)

    def refusal(self, user_id: str, knock: Knock, visit: Visit) -> Refused | None:
        """Why a user would not be let in now, or None. A password is not looked at."""
        barred = self.standings.refusal(user_id, knock.address)
        if barred is not None:
            return barred
        reason = refusal(self.door.options, self.visitor(user_id, knock, visit))
        if reason is None and not self.presence.roster.has_place(user_id):
            reason = Reason.ROOM_IS_FULL
        return None if reason is None else Refused(reason)

    def admit(self, client: Client, knock: Knock, visitor: Visitor) -> None:
        """Let a client in who is about to join, with the standing of its user.

        Raises:
            Refused: the user is kept out, or the door is closed to them.
        """
        barred = self.standings.refusal(client.user_id, client.address)
        if barred is not None:
            raise barred
        self.door.admit(client.user_id, knock, visitor, self.standings)
        client.standing = self.standings[client.user_id]
        self.visitors.note(client.user_id, client.address)

    @contextmanager
    def expecting(self, user_id: str) -> Iterator[HandOver]:
        """Keep the user's pose in memory, and the room open, while their join is on its way.

        Yields the call that hands the join to presence; the client's ``welcome`` or ``refuse`` is
        the answer. If it is not called, the join is given up at the end of the block.
        """
        handed = False

        def join(client: Client, replaces: Client | None, stored: Profile | None) -> None:
            nonlocal handed
            handed = True  # from here on presence reports the arrival
            self.members.add(client)
            self._count(+1)
            profile = partial(self._profiles.current, client.user_id, stored)
            self._command(Join(client, profile, replaces))

        self.snapshot.expect(user_id)
        try:
            yield join
        finally:
            if not handed:
                self.snapshot.arrived(user_id)
                self.life.wake()  # the room may be idle again

    def forget_pose(self, user_id: str) -> None:
        """Drop the user's pose, before the store does."""
        self.snapshot.forget(user_id)

    def forget_user(self, user_id: str) -> None:
        """Drop all that is kept of the user, before the store does."""
        self.forget_pose(user_id)
        self.standings.forget(user_id)
        self.door.let_in.drop(user_id)
        self.door.invites.forget(user_id)
        for feature in self.features:
            feature.forget(user_id)

    def stop(self, why: Ending = Ending.STOPPED) -> None:
        """Take no more joins and end soon."""
        self.life.close(why)
