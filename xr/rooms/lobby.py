"""Opens, supervises, idles out, drains and closes rooms, in a nursery of its own.

It owns the table of rooms. Between a look at the table and a change of it there is no ``await``.
"""

import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from xr.errors import JoinRefused, StoreError
from xr.metrics import Metrics
from xr.pose import Pose
from xr.rooms.protocols import Client, FrameEncoder, RoomStore
from xr.rooms.room import Room, RoomSettings
from xr.rooms.telling import tell

log = logging.getLogger(__name__)

FRAMES_A_SECOND = 4_000
"""The tick is as wide as keeps all rooms together from sending more frames than this, each second,
as long as that is no wider than the setting."""

REOPEN = 2.0
"""Seconds until a room that has left poses over, and could not be opened, is tried again."""


@dataclass
class _Slot:
    """A room from the first join that asks for it until its task has ended."""

    opened: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)
    room: Room | None = None
    refusal: str = ""


class Lobby:
    """The rooms of a server."""

    def __init__(
        self,
        store: RoomStore,
        encoder: Callable[[str], FrameEncoder],
        settings: RoomSettings,
        tick: float,
        rng: random.Random,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._settings = settings
        self._tick = tick
        self._rng = rng
        self._metrics = metrics
        self._slots: dict[str, _Slot] = {}
        self._unsaved: dict[str, dict[str, Pose]] = {}
        self._reopening: set[str] = set()
        self._turns: dict[tuple[str, str], trio.Lock] = {}
        self._nursery: trio.Nursery | None = None
        self._stop = trio.Event()
        self._forgets = 0
        self.draining = False

    @property
    def running(self) -> bool:
        """True while the nursery of the rooms is open."""
        return self._nursery is not None

    @property
    def unsaved(self) -> int:
        """How many poses were left over by rooms that have ended and could not write them."""
        return sum(map(len, self._unsaved.values()))

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep rooms until ``drain`` is called; then end them all, their poses written."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                task_status.started()
                await self._stop.wait()
        finally:
            self._nursery = None
            for room_id, poses in self._unsaved.items():
                log.error("poses.lost room=%s count=%d: not written", room_id, len(poses))

    def drain(self) -> None:
        """Take no more joins and stop every room; ``run`` returns when all have ended."""
        if self._nursery is not None:
            for room_id in self._unsaved:
                self._slot(room_id)  # the last time to try and write them
        self.draining = True
        for slot in self._slots.values():
            if slot.room is not None:
                slot.room.stop()
        self._stop.set()

    async def join(self, room_id: str, client: Client, replaces: Client | None = None) -> Room:
        """Bring a client into a room, which is opened where it is not.

        The room's answer is the client's ``welcome`` or ``refuse``. Cancelled: it is not in.

        Raises:
            JoinRefused: there is no such room, it cannot be opened, or the server stops.
        """
        async with self._in_turn(room_id, client.user_id):
            while True:
                slot = self._slot(room_id)
                await slot.opened.wait()
                room = slot.room
                if room is None:
                    raise JoinRefused(slot.refusal)
                if room.closing:
                    await slot.ended.wait()
                    continue
                with room.expecting(client.user_id):
                    await self._recall(room, client.user_id)
                    if client.gone:
                        raise JoinRefused("the connection is gone")
                    if not room.closing:
                        room.join(client, replaces)
                        return room

    def present(self) -> dict[str, int]:
        """Users by room, for the rooms that are open."""
        return {
            room_id: slot.room.users
            for room_id, slot in self._slots.items()
            if slot.room is not None
        }

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
        ] + list(self._unsaved)

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
        for name, poses in list(self._unsaved.items()):
            if room_id is None or room_id == name:
                poses.pop(user_id, None)
                if not poses:
                    del self._unsaved[name]

    async def close(self, room_id: str) -> None:
        """End a room that was deleted; its clients are told not to come back."""
        self._unsaved.pop(room_id, None)
        slot = self._slots.get(room_id)
        if slot is None:
            return
        await slot.opened.wait()
        if slot.room is not None:
            slot.room.deleted = True
            slot.room.stop()
            for client in list(slot.room.members):
                tell(client, client.dismiss)
        await slot.ended.wait()

    def tick(self) -> float:
        """Seconds between two reflections of a room: wider the more clients there are."""
        return min(self._tick, self._metrics.members / FRAMES_A_SECOND)

    def _slot(self, room_id: str) -> _Slot:
        slot = self._slots.get(room_id)
        if slot is None:
            if self.draining or self._nursery is None:
                raise JoinRefused("the server is restarting")
            slot = self._slots[room_id] = _Slot()
            self._nursery.start_soon(self._supervise, room_id, slot, name=f"room {room_id}")
        return slot

    @asynccontextmanager
    async def _in_turn(self, room_id: str, user_id: str) -> AsyncIterator[None]:
        """One join of a user after another: of the same tab the one that was asked last stays."""
        key = room_id, user_id
        turn = self._turns.setdefault(key, trio.Lock())
        try:
            async with turn:
                yield
        finally:
            if not turn.locked() and self._turns.get(key) is turn:
                del self._turns[key]

    async def _recall(self, room: Room, user_id: str) -> None:
        """Bring the user's stored pose to the room's memory before presence asks for it."""
        while not room.presence.always_spawn and room.snapshot.previous(user_id) is None:
            forgets = self._forgets
            try:
                pose = await self._store.load_pose(room.room_id, user_id)
            except (StoreError, OSError) as error:
                # To let the user in at the spawn point would overwrite where they stood.
                log.warning("pose.unread room=%s error=%r", room.room_id, str(error))
                raise JoinRefused("the database cannot be read now, try again") from error
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
            self._metrics.room_crashes += 1
            log.exception("room.crashed room=%s: its clients are told to join again", room_id)
        finally:
            slot.refusal = slot.refusal or "the room failed"
            del self._slots[room_id]
            slot.opened.set()
            slot.ended.set()
            if slot.room is not None:
                self._after(slot.room)

    async def _open(self, room_id: str, slot: _Slot) -> Room | None:
        try:
            record = await self._store.load_room(room_id)
        except (StoreError, OSError) as error:
            log.warning("room.unread room=%s error=%r", room_id, str(error))
            slot.refusal = "the database cannot be read now, try again"
            if self._nursery is not None and room_id in self._unsaved.keys() - self._reopening:
                self._reopening.add(room_id)
                self._nursery.start_soon(self._reopen, room_id, name=f"reopen {room_id}")
            return None
        if record is None:
            slot.refusal = "no such room"
            self._unsaved.pop(room_id, None)
            return None
        room = Room(
            record,
            self._store,
            self._encoder(room_id),
            self._settings,
            self.tick,
            random.Random(self._rng.getrandbits(64)),
            self._metrics,
        )
        room.snapshot.restore(self._unsaved.pop(room_id, {}))
        if self.draining:
            room.stop()
        return room

    async def _reopen(self, room_id: str) -> None:
        """Try again after a while to write what a room has left over, though nobody joins it."""
        with trio.move_on_after(REOPEN):
            await self._stop.wait()
        self._reopening.discard(room_id)
        if room_id in self._unsaved and not self.draining:
            self._slot(room_id)

    def _after(self, room: Room) -> None:
        """A room has ended: its members are told, and what it could not write passes to a new run.

        In this order, for a member who goes may hand over a last pose that was held back.
        """
        for client in list(room.members):
            tell(client, client.fail)
        unsaved = {} if room.deleted else room.snapshot.unsaved
        log.info("room.ended room=%s unsaved=%d", room.room_id, len(unsaved))
        if unsaved:
            self._unsaved[room.room_id] = unsaved
            if not self.draining:
                self._slot(room.room_id)
