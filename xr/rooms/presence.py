"""The task that turns connections that come and go into users that join and leave.

It owns the roster. Commands reach it over a bounded channel; it publishes the changes on the room's
stream. A full channel is a fault of the room: a connection joins and leaves once, and whether it is
silent changes once a second at most.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import msgspec
import trio

from xr.errors import RoomFault
from xr.events import ClientAttached, ConnectionsChanged, UserChanged, UserJoined, UserLeft
from xr.pose import Pose
from xr.profile import Profile
from xr.rooms.protocols import Client
from xr.rooms.roster import Change, Roster
from xr.rooms.stream import Stream
from xr.rooms.telling import tell
from xr.wire.messages import newcomer
from xr.wire.record import AnyPose, unpack
from xr.wire.refusals import Refused

COMMANDS = 16_384


class Join(msgspec.Struct, frozen=True):
    """A client asks to join, in place of ``replaces``, an earlier one of its socket.

    ``profile`` gives that of its user.
    """

    client: Client
    profile: Callable[[], Profile]
    replaces: Client | None = None


class Leave(msgspec.Struct, frozen=True):
    """A client has left, with a goodbye or without."""

    client: Client
    goodbye: bool


class Expel(msgspec.Struct, frozen=True):
    """A user is sent out: the connections that they have left, in grace, count no longer."""

    user_id: str


class SetSilent(msgspec.Struct, frozen=True):
    """The connection of a client is silent, or is heard again."""

    client: Client
    silent: bool


Command = Join | Leave | Expel | SetSilent


class LastPoses(Protocol):
    """The snapshot's answers: a user's last pose, and the poses of those present."""

    def previous(self, user_id: str) -> AnyPose | None:
        """The user's last known pose in this room."""
        ...

    def present_poses(self) -> Iterable[Pose]:
        """The poses of those present."""
        ...

    def arrived(self, user_id: str) -> None:
        """Note that an expected join has reached presence."""
        ...


@dataclass(frozen=True)
class PresenceStatistics:
    """Numbers of a room's presence at one moment: users, their connections in the roster, the
    clients that it still has to tell of their end, and commands not yet obeyed.
    """

    users: int
    connections: int
    clients: int
    commands: int


class Presence:
    """The users of one room. ``grace`` is in seconds.

    ``spawn`` gives a newcomer's pose, from the poses of those present; ``left`` is called after
    each step in which somebody has left, or which leaves nobody present.
    """

    def __init__(
        self,
        stream: Stream,
        roster: Roster,
        last_poses: LastPoses,
        spawn: Callable[[Iterable[Pose]], Pose],
        *,
        always_spawn: bool,
        grace: float,
        left: Callable[[], None],
    ) -> None:
        self.roster = roster
        self._stream = stream
        self._last_poses = last_poses
        self._spawn = spawn
        self.always_spawn = always_spawn
        self._grace = grace
        self._left = left
        self._clients: dict[str, Client] = {}
        self._send, self._commands = trio.open_memory_channel[Command](COMMANDS)

    def statistics(self) -> PresenceStatistics:
        """Numbers of this moment."""
        users = self.roster.users.values()
        return PresenceStatistics(
            users=len(users),
            connections=sum(len(user.connections) for user in users),
            clients=len(self._clients),
            commands=self._commands.statistics().current_buffer_used,
        )

    def command(self, command: Command) -> None:
        """Hand over a command without waiting.

        Raises:
            RoomFault: the task no longer reads.
        """
        try:
            self._send.send_nowait(command)
        except trio.WouldBlock:
            raise RoomFault(f"the presence task has {COMMANDS} unread commands") from None

    async def run(self) -> None:
        """Carry out commands in order and end graces in time, until cancelled."""
        while True:
            command = await self._next_command()
            if command is not None:
                self._obey(command)
            for change in self.roster.expire(trio.current_time()):
                self._publish(change)
            if not self.roster.users:
                self._left()

    async def _next_command(self) -> Command | None:
        expiry = self.roster.next_expiry()
        if expiry is None:
            return await self._commands.receive()
        with trio.move_on_at(expiry):
            return await self._commands.receive()
        return None

    def _obey(self, command: Command) -> None:
        if isinstance(command, Join):
            self._join(command.client, command.replaces, command.profile())
        elif isinstance(command, Expel):
            self._publish(self.roster.expel(command.user_id))
        elif isinstance(command, SetSilent):
            user_id, ref = command.client.user_id, command.client.ref
            self._publish(self.roster.set_silent(user_id, ref, silent=command.silent))
        elif command.client.ref in self._clients:
            client = command.client
            if command.goodbye:
                self._publish(self.roster.goodbye(client.user_id, client.ref))
            else:
                until = trio.current_time() + self._grace
                self.roster.disconnected(client.user_id, client.ref, until)

    def _join(self, client: Client, replaces: Client | None, profile: Profile) -> None:
        self._last_poses.arrived(client.user_id)
        if client.gone and (replaces is None or replaces.ref not in self._clients):
            return  # disconnected before its join was processed, and replaces nobody
        self._publish(self.roster.give_way(client.user_id))
        try:
            change = self.roster.join(
                client.user_id,
                client.ref,
                client.wishes.tab,
                replaces.ref if replaces else None,
                state=newcomer(profile, client.standing.role, muted=client.standing.muted),
            )
        except Refused as refusal:
            tell(client, partial(client.refuse, refusal))
            return
        self._clients[client.ref] = client
        self._publish(change)
        self._stream.publish(ClientAttached(client))

    def _publish(self, change: Change) -> None:
        if change.joined is not None:
            user = self.roster.users[change.joined]
            pose = self._place(change.joined)
            self._stream.publish(UserJoined(change.joined, user.number, pose, user.state))
        if change.joins or change.leaves:
            self._stream.publish(ConnectionsChanged(change.joins, change.leaves))
        for user_id, silent in change.silent.items():
            self._stream.publish(UserChanged(user_id, {"silent": silent}))
        for user_id in change.left:
            self._stream.publish(UserLeft(user_id))
        if change.left:
            self._left()
        for refs in change.leaves.values():
            for ref in refs:
                client = self._clients.pop(ref)
                tell(client, client.dismiss)  # superseded; others have gone already

    def _place(self, user_id: str) -> Pose:
        previous = None if self.always_spawn else self._last_poses.previous(user_id)
        if previous is not None:
            pose = unpack(previous)
            return Pose(pose.position, pose.rotation)  # hands are there once tracked again
        return self._spawn(self._last_poses.present_poses())
