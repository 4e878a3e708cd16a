"""Brings clients into rooms, and answers the server's questions about the rooms that are open."""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import trio

from xr.rooms.building import Building
from xr.rooms.feature import check_intents
from xr.rooms.lifecycle import Ending
from xr.rooms.options import Options
from xr.rooms.passwords import Passwords
from xr.rooms.protocols import SILENT, Client, Knock, RoomRecord
from xr.rooms.reception import Reception
from xr.rooms.room import Room
from xr.rooms.supervisor import Supervisor, opened
from xr.rooms.telling import tell
from xr.rooms.tenure import Directory, SoleOwner
from xr.rooms.turns import Turns
from xr.rooms.users import forget_pose, forget_user
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LobbyStatistics:
    """Numbers of a lobby at one moment: rooms in the table, members of all rooms, joins that wait
    for their turn or have it, unwritten changes of rooms that have ended, and tasks of rooms.
    """

    rooms: int
    members: int
    joining: int
    unsaved: int
    tasks: int


class Lobby:
    """The door to the rooms of a server."""

    def __init__(
        self, building: Building, rng: random.Random, directory: Directory | None = None
    ) -> None:
        check_intents(building.features)
        self.supervisor = Supervisor(building, rng, directory or SoleOwner())
        self._forgetting = self.supervisor.forgetting
        passwords = Passwords(building.verify)
        self.reception = Reception(building.store, self._forgetting, passwords)
        self._turns = Turns()

    @property
    def running(self) -> bool:
        """True while rooms can be opened or are still ending."""
        return self.supervisor.running

    @property
    def draining(self) -> bool:
        """True once ``drain`` has been called."""
        return self.supervisor.draining

    def statistics(self) -> LobbyStatistics:
        """Numbers of this moment."""
        return LobbyStatistics(
            rooms=len(self.supervisor.slots),
            members=self.supervisor.members,
            joining=len(self._turns),
            unsaved=len(self.supervisor.leftovers) + len(self.supervisor.profiles.unsaved),
            tasks=self.supervisor.tasks,
        )

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep rooms until ``drain`` is called; then end them all, their changes written."""
        await self.supervisor.run(task_status)

    def drain(self) -> None:
        """Take no more joins and stop every room; ``run`` returns when all have ended."""
        self.supervisor.drain()

    async def join(
        self,
        room_id: str,
        client: Client,
        replaces: Client | None = None,
        knock: Knock = SILENT,
    ) -> Room:
        """Bring a client into a room, which is opened where it is not.

        The room's answer is the client's ``welcome`` or ``refuse``. Cancelled: it is not in.

        Raises:
            Refused: there is no such room, its door is closed to them, it cannot be opened, or the
                server stops.
        """
        async with self._turns.of(room_id, client.user_id):
            while True:
                room = await opened(self.supervisor, room_id)
                with room.expecting(client.user_id) as hand_over:
                    visit = await self.reception.learn(room, client.user_id)
                    forgotten = self._forgetting.count
                    visitor = await self.reception.visitor(room, client.user_id, knock, visit)
                    if client.gone:
                        raise Refused(Reason.GONE)
                    if not room.life.closing and forgotten == self._forgetting.count:
                        room.admit(client, knock, visitor)
                        hand_over(client, replaces, visit.profile)
                        return room

    def room(self, room_id: str) -> Room | None:
        """A room that is open or closing; None for any other."""
        return self.supervisor.room(room_id)

    def present(self) -> dict[str, int]:
        """The number of users by room, for the rooms that are open."""
        return {room_id: room.users for room_id, room in self.supervisor.open_rooms().items()}

    def who(self, room_id: str) -> list[str]:
        """The users present in a room, in the order of arrival; nobody where it is not open."""
        room = self.room(room_id)
        return [] if room is None else list(room.presence.roster.users)

    def look(self, room_id: str) -> dict[str, bytes] | None:
        """The state of an open room as a newcomer would be sent it: JSON by the view's name."""
        room = self.room(room_id)
        return None if room is None else room.reflector.state()

    def options(self, room_id: str) -> Options | None:
        """The options of an open room, which the store may not have yet."""
        room = self.room(room_id)
        return None if room is None else room.door.options

    def record(self, room_id: str) -> RoomRecord | None:
        """An open room as it is now, which the store may not have yet, without things and chat."""
        room = self.room(room_id)
        if room is None:
            return None
        standings = {user_id: room.standings[user_id] for user_id in room.standings}
        return RoomRecord(room_id, room.door.options, {}, standings, dict(room.door.invites))

    async def refusal(
        self, room_id: str, user_id: str, address: str, invite: str | None = None
    ) -> Refused | None:
        """Why a user would not be let into a room now, which is opened for that; None: they would.

        ``invite`` is the text of a link. A password is not looked at.
        """
        try:
            room = await opened(self.supervisor, room_id)
            visit = await self.reception.read(room, user_id)
        except Refused as error:
            return error
        return room.refusal(user_id, Knock(address, invite=invite), visit)

    @property
    def failing(self) -> list[str]:
        """The rooms whose last flush failed, and those that ended with changes to write."""
        rooms = self.supervisor.open_rooms()
        failing = [room_id for room_id, room in rooms.items() if room.snapshot.failing]
        return failing + list(self.supervisor.leftovers.counts())

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """Let no room open and nobody join within the block, in which the caller forgets a user or
        a pose: first here, then in the store. So nothing that is about to go is read.
        """
        with self._forgetting.under_way():
            yield

    def forget_pose(self, user_id: str, room_id: str) -> None:
        """Drop a user's pose in one room from memory, before it is dropped from the store."""
        forget_pose(self.supervisor, user_id, room_id)

    def forget_user(self, user_id: str) -> None:
        """Drop all that is kept of a user from memory, before it is dropped from the store."""
        forget_user(self.supervisor, user_id)

    async def close(self, room_id: str, why: Ending = Ending.DELETED) -> None:
        """End a room, by default as it was deleted; its clients are told not to come back."""
        if why is Ending.DELETED:
            self.supervisor.leftovers.take(room_id)
        if (slot := self.supervisor.slots.get(room_id)) is None:
            return
        await slot.opened.wait()
        if slot.room is not None:
            slot.room.stop(why)
            for client in list(slot.room.members):
                tell(client, client.dismiss)
        await slot.ended.wait()
