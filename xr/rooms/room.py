"""A room: one nursery of presence, snapshot and reflector on one stream.

Connections call the plain functions; each only publishes or hands over a command, and never waits.
To give rooms a new behaviour, subscribe a further task to the stream (docs/extending.md).
"""

import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import trio

from xr.errors import RoomFault
from xr.events import UserMoved
from xr.metrics import Metrics
from xr.pose import Pose
from xr.rooms.presence import Join, Leave, Presence
from xr.rooms.protocols import Client, FrameEncoder, RoomRecord, RoomStore
from xr.rooms.reflector import Reflector
from xr.rooms.snapshot import Snapshot
from xr.rooms.spawn import SpawnArea
from xr.rooms.stream import Stream

FLUSH_DEADLINE = 3.0
"""Seconds that a stopping room may take to write its poses."""
_RETRY = 0.2


@dataclass(frozen=True)
class RoomSettings:
    """What all rooms of a server share. Seconds, and users at most (0: no limit)."""

    grace: float = 5.0
    idle: float = 30.0
    flush_interval: float = 5.0
    limit: int = 100


class Room:
    """One room while it is open. ``closing`` is set before it takes no more joins."""

    def __init__(
        self,
        record: RoomRecord,
        store: RoomStore,
        encoder: FrameEncoder,
        settings: RoomSettings,
        tick: Callable[[], float],
        rng: random.Random,
        metrics: Metrics,
    ) -> None:
        self.room_id = record.room_id
        self.closing = False
        self.deleted = False
        self.stream = Stream()
        self.snapshot = Snapshot(
            record.room_id,
            self.stream.subscribe("snapshot", hurry=False),  # it reads moves when they matter
            store,
            settings.flush_interval,
            metrics,
        )
        self.reflector = Reflector(
            self.stream.subscribe("reflector"), encoder, record.entities, tick, metrics
        )
        self.presence = Presence(
            self.stream,
            self.snapshot,
            SpawnArea(record.entities),
            rng,
            always_spawn=record.always_spawn,
            grace=settings.grace,
            limit=settings.limit,
            changed=self._wake,
        )
        self.members: set[Client] = set()
        self._metrics = metrics
        self._idle = settings.idle
        self._stopping = False
        self._fault: RoomFault | None = None
        self._changed = trio.Event()

    # What connections call.

    def join(self, client: Client, replaces: Client | None = None) -> None:
        """Ask presence to let the client in; its ``welcome`` or ``refuse`` is the answer."""
        self.members.add(client)
        self._metrics.members += 1
        self.snapshot.expect(client.user_id)
        self._command(Join(client, replaces))
        self._wake()

    def moved(self, client: Client, pose: Pose, record: bytes = b"") -> None:
        """Publish the pose, unless the client has left. Called only after its ``welcome``."""
        if client in self.members:
            self._metrics.poses += 1
            try:
                self.stream.publish(UserMoved(client.user_id, pose, record))
            except RoomFault as fault:
                self._fail(fault)

    def leave(self, client: Client, *, goodbye: bool) -> None:
        """The client is gone from here on; a second call does nothing."""
        if client in self.members:
            self.members.discard(client)
            self._metrics.members -= 1
            self.reflector.detach(client)
            self._command(Leave(client, goodbye))

    def drained(self, client: Client) -> None:
        """The client's connection has room for frames again."""
        self.reflector.drained(client)

    def _command(self, command: Join | Leave) -> None:
        try:
            self.presence.command(command)
        except RoomFault as fault:
            self._fail(fault)

    def _fail(self, fault: RoomFault) -> None:
        """End the room: the connection that met its fault is not to blame for it."""
        self._fault = fault
        self.closing = True
        self._wake()

    @property
    def users(self) -> int:
        """How many users are present."""
        return len(self.presence.roster.users)

    def has_place(self, user_id: str) -> bool:
        """Whether this user could come in now."""
        return self.presence.roster.has_place(user_id)

    # What the lobby calls.

    @contextmanager
    def expecting(self, user_id: str) -> Iterator[None]:
        """Keep the user's pose in memory, and the room open, while their join is on its way."""
        try:
            with self.snapshot.expecting(user_id):
                yield
        finally:
            self._wake()  # the room may be idle again

    async def run(self) -> None:
        """Run the tasks until idle or stopped; then write what is not yet written."""
        try:
            async with trio.open_nursery() as nursery:
                for task in (self.presence, self.snapshot, self.reflector):
                    name = f"{type(task).__name__.lower()} of room {self.room_id}"
                    nursery.start_soon(self._keep, task.run, name=name)
                await self._until_idle()
                nursery.cancel_scope.cancel()
        finally:
            self.closing = True
            with trio.move_on_after(FLUSH_DEADLINE, shield=True):
                await self._write_all()

    async def _keep(self, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        finally:
            self.closing = True  # whichever ends first; the others may take a while to follow

    def stop(self) -> None:
        """Take no more joins and end soon."""
        self.closing = self._stopping = True
        self._wake()

    async def _write_all(self) -> None:
        """Flush; a room that was told to stop tries until it has worked."""
        written = await self.snapshot.flush()
        while self._stopping and not written:
            await trio.sleep(_RETRY)
            written = await self.snapshot.flush()

    async def _until_idle(self) -> None:
        while not self._stopping and self._fault is None:
            if self.presence.roster.users or self.snapshot.expects:
                await self._changed.wait()
                continue
            with trio.move_on_after(self._idle) as nap:
                await self._changed.wait()
            if nap.cancelled_caught and self._may_end():
                break
        self.closing = True
        if self._fault is not None:
            raise self._fault

    def _may_end(self) -> bool:
        """Nobody is here or on the way, and all is written: a full disk keeps a room open."""
        occupied = self.presence.roster.users or self.snapshot.expects
        return not occupied and not self.snapshot.unsaved

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
