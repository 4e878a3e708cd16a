"""Opens, supervises, idles out, drains and closes rooms, in a nursery of its own.

It owns the table of rooms. Between a look at the table and a change of it there is no ``await``.
"""

import logging
import random
from dataclasses import dataclass, field

import trio

from xr.errors import StoreError
from xr.rooms.feature import check_intents
from xr.rooms.leftovers import Leftovers
from xr.rooms.lifecycle import Ending
from xr.rooms.protocols import Client, RoomRecord
from xr.rooms.room import Building, Room
from xr.rooms.telling import tell
from xr.rooms.tenure import Directory, SoleOwner, Tenure
from xr.rooms.turns import Turns
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)

FRAMES_A_SECOND = 4_000
"""The tick is as wide as keeps all rooms together from sending more frames than this, each second,
as long as that is no wider than the setting."""

REOPEN = 2.0
"""Seconds until a room that has left changes over, and could not be opened, is tried again."""


@dataclass
class _Slot:
    """A room from the first join that asks for it until its task has ended."""

    opened: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)
    room: Room | None = None
    refusal: Reason = Reason.ROOM_FAILED


@dataclass(frozen=True)
class LobbyStatistics:
    """Numbers of a lobby at one moment: rooms in the table, members of all rooms, joins that wait
    for their turn or have it, and changes left over by rooms that have ended.
    """

    rooms: int
    members: int
    joining: int
    unsaved: int


class Lobby:
    """The rooms of a server."""

    def __init__(
        self, building: Building, rng: random.Random, directory: Directory | None = None
    ) -> None:
        check_intents(building.features)
        self._building = building
        self._rng = rng
        self._directory = directory or SoleOwner()
        self._slots: dict[str, _Slot] = {}
        self._leftovers = Leftovers()
        self._turns = Turns()
        self._nursery: trio.Nursery | None = None
        self._stop = trio.Event()
        self._forgets = 0
        self._members = 0

    @property
    def running(self) -> bool:
        """True while the nursery of the rooms is open."""
        return self._nursery is not None

    @property
    def draining(self) -> bool:
        """True once ``drain`` has been called."""
        return self._stop.is_set()

    def statistics(self) -> LobbyStatistics:
        """Numbers of this moment."""
        return LobbyStatistics(
            rooms=len(self._slots),
            members=self._members,
            joining=len(self._turns),
            unsaved=len(self._leftovers),
        )

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep rooms until ``drain`` is called; then end them all, their changes written."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                task_status.started()
                await self._stop.wait()
        finally:
            self._nursery = None
            for room_id, count in self._leftovers.counts().items():
                log.error("poses.lost room=%s count=%d: not written", room_id, count)

    def drain(self) -> None:
        """Take no more joins and stop every room; ``run`` returns when all have ended."""
        if self._nursery is not None:
            for room_id in self._leftovers.counts():
                self._slot(room_id)  # the last time to try and write them
        self._stop.set()
        for slot in self._slots.values():
            if slot.room is not None:
                slot.room.stop()

    async def join(self, room_id: str, client: Client, replaces: Client | None = None) -> Room:
        """Bring a client into a room, which is opened where it is not.

        The room's answer is the client's ``welcome`` or ``refuse``. Cancelled: it is not in.

        Raises:
            Refused: there is no such room, it cannot be opened, or the server stops.
        """
        async with self._turns.of(room_id, client.user_id):
            while True:
                slot = self._slot(room_id)
                await slot.opened.wait()
                room = slot.room
                if room is None:
                    raise Refused(slot.refusal)
                if room.life.closing:
                    await slot.ended.wait()
                    continue
                with room.expecting(client.user_id) as hand_over:
                    await self._recall(room, client.user_id)
                    if client.gone:
                        raise Refused(Reason.GONE)
                    if not room.life.closing:
                        hand_over(client, replaces)
                        return room

    def present(self) -> dict[str, int]:
        """Users by room, for the rooms that are open."""
        return {
            room_id: slot.room.users
            for room_id, slot in self._slots.items()
            if slot.room is not None
        }

    def who(self, room_id: str) -> list[str]:
        """The users present in a room, in the order of arrival; nobody where it is not open."""
        slot = self._slots.get(room_id)
        return list(slot.room.presence.roster.users) if slot and slot.room else []

    def is_full(self, room_id: str, user_id: str) -> bool:
        """Whether an open room has no place for this user."""
        slot = self._slots.get(room_id)
        return slot is not None and slot.room is not None and not slot.room.has_place(user_id)

    @property
    def failing(self) -> list[str]:
        """The rooms whose last flush failed, and those that ended with poses to write."""
        return [
            room_id
            for room_id, slot in self._slots.items()
            if slot.room is not None and slot.room.snapshot.failing
        ] + list(self._leftovers.counts())

    def always_spawn(self, room_id: str, always_spawn: bool) -> None:
        """Let an open room know that everybody spawns anew from now on, or no longer."""
        slot = self._slots.get(room_id)
        if slot is not None and slot.room is not None:
            slot.room.presence.always_spawn = always_spawn

    def forget(self, user_id: str, room_id: str | None = None) -> None:
        """Drop what open rooms know of a user's pose; the store's part comes after this."""
        self._forgets += 1
        for name, slot in self._slots.items():
            if slot.room is not None and room_id in (None, name):
                slot.room.snapshot.forget(user_id)
        self._leftovers.forget("poses", user_id, room_id)

    async def close(self, room_id: str) -> None:
        """End a room that was deleted; its clients are told not to come back."""
        self._leftovers.take(room_id)
        slot = self._slots.get(room_id)
        if slot is None:
            return
        await slot.opened.wait()
        if slot.room is not None:
            slot.room.stop(Ending.DELETED)
            for client in list(slot.room.members):
                tell(client, client.dismiss)
        await slot.ended.wait()

    def tick(self) -> float:
        """Seconds between two reflections of a room: wider the more clients there are."""
        return min(self._building.settings.tick, self._members / FRAMES_A_SECOND)

    def _count(self, change: int) -> None:
        self._members += change
        self._building.metrics.members = self._members

    def _slot(self, room_id: str) -> _Slot:
        slot = self._slots.get(room_id)
        if slot is None:
            if self.draining or self._nursery is None:
                raise Refused(Reason.RESTARTING)
            slot = self._slots[room_id] = _Slot()
            self._nursery.start_soon(self._supervise, room_id, slot, name=f"room {room_id}")
        return slot

    async def _recall(self, room: Room, user_id: str) -> None:
        """Bring the user's stored pose to the room's memory before presence asks for it."""
        while not room.presence.always_spawn and room.snapshot.previous(user_id) is None:
            forgets = self._forgets
            try:
                pose = await self._building.store.load_pose(room.room_id, user_id)
            except (StoreError, OSError) as error:
                # To let the user in at the spawn point would overwrite where they stood.
                log.warning("pose.unread room=%s error=%r", room.room_id, str(error))
                raise Refused(Reason.DATABASE) from error
            if forgets == self._forgets:
                if pose is not None:
                    room.snapshot.learn(user_id, pose)
                return

    async def _supervise(self, room_id: str, slot: _Slot) -> None:
        try:
            slot.room = await self._open(room_id, slot)
            slot.opened.set()
            if slot.room is not None:
                log.info("room.opened room=%s", room_id)
                await slot.room.run()
        except* Exception:  # also of a room that was being cancelled
            self._building.metrics.room_crashes += 1
            log.exception("room.crashed room=%s: its clients are told to join again", room_id)
        finally:
            del self._slots[room_id]
            slot.opened.set()
            slot.ended.set()
            if slot.room is not None:
                self._after(slot.room)

    async def _open(self, room_id: str, slot: _Slot) -> Room | None:
        try:
            record = await self._building.store.load_room(room_id)
            tenure = await self._directory.claim(room_id)
        except (StoreError, OSError) as error:
            log.warning("room.unread room=%s error=%r", room_id, str(error))
            slot.refusal = Reason.DATABASE
            if self._nursery is not None and self._leftovers.retry(room_id):
                self._nursery.start_soon(self._reopen, room_id, name=f"reopen {room_id}")
            return None
        if record is None:
            slot.refusal = Reason.NO_SUCH_ROOM
            self._leftovers.take(room_id)
            return None
        return self._make(record, tenure)

    def _make(self, record: RoomRecord, tenure: Tenure) -> Room:
        rng = random.Random(self._rng.getrandbits(64))
        room = Room(record, tenure, self._building, self.tick, self._count, rng)
        room.snapshot.restore(self._leftovers.take(record.room_id))
        if self.draining:
            room.stop()
        return room

    async def _reopen(self, room_id: str) -> None:
        """Try again after a while to write the changes of a room, though nobody joins it."""
        with trio.move_on_after(REOPEN):
            await self._stop.wait()
        self._leftovers.retried(room_id)
        if room_id in self._leftovers and not self.draining:
            self._slot(room_id)

    def _after(self, room: Room) -> None:
        """A room has ended: its members are told, and its unwritten changes pass to a new run.

        In this order, for a member who goes may hand over a last pose that was held back.
        """
        for client in list(room.members):
            tell(client, client.fail)
        self._count(-len(room.members))  # of those whose own end has failed
        unsaved = {} if room.life.ending is Ending.DELETED else room.snapshot.unsaved
        self._leftovers.keep(room.room_id, unsaved)
        count = self._leftovers.counts().get(room.room_id, 0)
        log.info("room.ended room=%s unsaved=%d", room.room_id, count)
        if count and not self.draining:
            self._slot(room.room_id)
