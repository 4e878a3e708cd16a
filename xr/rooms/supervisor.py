"""Opens rooms and runs each one in a nursery until it ends, with its unwritten changes kept.

It owns the table of slots. Between a look at the table and a change of it there is no ``await``.
"""

import logging
import random
from dataclasses import dataclass, field
from functools import partial

import trio

from xr.errors import StoreError
from xr.profile import Profile
from xr.rooms.building import Building
from xr.rooms.forgetting import Forgetting
from xr.rooms.leftovers import Leftovers
from xr.rooms.lifecycle import Ending
from xr.rooms.profiles import Profiles
from xr.rooms.protocols import RoomRecord
from xr.rooms.room import Room
from xr.rooms.running import run
from xr.rooms.telling import tell
from xr.rooms.tenure import Directory, Tenure
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)

FRAMES_A_SECOND = 4_000
"""All rooms together send at most this many frames a second: the tick widens with the members, but
never beyond the setting."""

REOPEN = 2.0
"""Seconds until a room with unwritten changes that could not be opened is tried again."""


@dataclass
class Slot:
    """A room from the first join that asks for it until its task has ended."""

    opened: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)
    room: Room | None = None
    refusal: Reason = Reason.ROOM_FAILED


class Supervisor:
    """The rooms of a server and the nursery in which they run."""

    def __init__(self, building: Building, rng: random.Random, directory: Directory) -> None:
        self.slots: dict[str, Slot] = {}
        self.leftovers = Leftovers()
        self.forgetting = Forgetting()
        self.profiles = Profiles(building.store, self._know, building.metrics)
        self.members = 0
        self._building = building
        self._rng = rng
        self._directory = directory
        self._nursery: trio.Nursery | None = None
        self._stop = trio.Event()

    @property
    def running(self) -> bool:
        """True while the nursery of the rooms is open."""
        return self._nursery is not None

    @property
    def draining(self) -> bool:
        """True once ``drain`` has been called."""
        return self._stop.is_set()

    @property
    def tasks(self) -> int:
        """How many tasks run in the nursery: one a room, and one for each that is tried again."""
        return 0 if self._nursery is None else len(self._nursery.child_tasks)

    def room(self, room_id: str) -> Room | None:
        """A room that is open or closing; None for any other."""
        slot = self.slots.get(room_id)
        return None if slot is None else slot.room

    def open_rooms(self) -> dict[str, Room]:
        """The rooms that are open or closing, by id."""
        return {room_id: slot.room for room_id, slot in self.slots.items() if slot.room is not None}

    def tick(self) -> float:
        """Seconds between two reflections of a room: wider the more members there are."""
        return min(self._building.settings.tick, self.members / FRAMES_A_SECOND)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep rooms until ``drain`` is called; then end them all, their changes written."""
        try:
            async with trio.open_nursery() as outer:
                interval = self._building.settings.flush_interval
                outer.start_soon(self.profiles.run, interval, name="profiles")
                async with trio.open_nursery() as nursery:
                    self._nursery = nursery
                    task_status.started()
                    await self._stop.wait()
                outer.cancel_scope.cancel()
        finally:
            self._nursery = None
            for room_id, count in self.leftovers.counts().items():
                log.error("poses.lost room=%s count=%d: not written", room_id, count)

    def drain(self) -> None:
        """Open no more rooms and stop every room; ``run`` returns when all have ended."""
        if self._nursery is not None:
            for room_id in self.leftovers.counts():
                self.slot(room_id)  # the last time to try and write them
        self._stop.set()
        for room in self.open_rooms().values():
            room.stop()

    def slot(self, room_id: str) -> Slot:
        """Return the room's slot; start to open the room where there is none.

        Raises:
            Refused: the server stops.
        """
        slot = self.slots.get(room_id)
        if slot is None:
            if self.draining or self._nursery is None:
                raise Refused(Reason.RESTARTING)
            slot = self.slots[room_id] = Slot()
            self._nursery.start_soon(self._supervise, room_id, slot, name=f"room {room_id}")
        return slot

    async def _supervise(self, room_id: str, slot: Slot) -> None:
        try:
            slot.room = await self._open(room_id, slot)
            slot.opened.set()
            if slot.room is not None:
                log.info("room.opened room=%s", room_id)
                await run(slot.room)
        except* Exception:  # also of a room that was being cancelled
            self._building.metrics.room_crashes += 1
            log.exception("room.crashed room=%s: its clients are told to join again", room_id)
        finally:
            del self.slots[room_id]
            slot.opened.set()
            slot.ended.set()
            if slot.room is not None:
                self._after(slot.room)

    async def _open(self, room_id: str, slot: Slot) -> Room | None:
        try:
            tenure = await self._directory.claim(room_id)
            record = await self.forgetting.read(partial(self._building.store.load_room, room_id))
        except (StoreError, OSError) as error:
            log.warning("room.unread room=%s error=%r", room_id, str(error))
            slot.refusal = Reason.DATABASE
            if self._nursery is not None and self.leftovers.retry(room_id):
                self._nursery.start_soon(self._reopen, room_id, name=f"reopen {room_id}")
            return None
        if record is None:
            slot.refusal = Reason.NO_SUCH_ROOM
            self.leftovers.take(room_id)
            return None
        return self._make(record, tenure)

    def _make(self, record: RoomRecord, tenure: Tenure) -> Room:
        rng = random.Random(self._rng.getrandbits(64))
        room = Room(record, tenure, self._building, self.profiles, self.tick, self._count, rng)
        room.snapshot.restore(self.leftovers.take(record.room_id))
        if self.draining:
            room.stop()
        return room

    async def _reopen(self, room_id: str) -> None:
        """Try again after a while to write the changes of a room, though nobody joins it."""
        with trio.move_on_after(REOPEN):
            await self._stop.wait()
        self.leftovers.retried(room_id)
        if room_id in self.leftovers and not self.draining:
            self.slot(room_id)

    def _after(self, room: Room) -> None:
        """Tell the members, which hand over held-back poses; keep the unwritten changes."""
        for client in list(room.members):
            tell(client, client.fail)
        self._count(-len(room.members))  # members whose own end has failed
        unsaved = {} if room.life.ending is Ending.DELETED else room.snapshot.unsaved
        self.leftovers.keep(room.room_id, unsaved)
        count = self.leftovers.counts().get(room.room_id, 0)
        log.info("room.ended room=%s unsaved=%d", room.room_id, count)
        if count and not self.draining:
            self.slot(room.room_id)

    def _know(self, user_id: str, profile: Profile) -> None:
        for room in self.open_rooms().values():
            room.know(user_id, profile)

    def _count(self, change: int) -> None:
        self.members += change
        self._building.metrics.members = self.members


async def opened(supervisor: Supervisor, room_id: str) -> Room:
    """The room, opened where it is not. Waits until an earlier run of it has ended.

    Raises:
        Refused: there is no such room, it cannot be opened, or the server stops.
    """
    while True:
        slot = supervisor.slot(room_id)
        if not slot.opened.is_set():
            await slot.opened.wait()
        room = slot.room
        if room is None:
            raise Refused(slot.refusal)
        if not room.life.closing:
            return room
        await slot.ended.wait()
