"""A snapshot by itself, with the stream that it reads and the store that it writes to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import trio

from tests.people import state
from tests.rooms.fake_client import at
from tests.rooms.gated_store import HALL, GatedStore
from xr.events import UserJoined, UserLeft, UserMoved
from xr.metrics import Metrics
from xr.rooms.flusher import Flusher
from xr.rooms.ledger import Ledger
from xr.rooms.snapshot import Snapshot
from xr.rooms.stream import Stream
from xr.rooms.tenure import Tenure
from xr.wire.record import AnyPose, unpack

INTERVAL = 5.0


class Album:
    """A snapshot with its stream and its store."""

    def __init__(self) -> None:
        self.store = GatedStore()
        self.metrics = Metrics()
        self.stream = Stream()
        poses: Ledger[str, AnyPose] = Ledger("poses", partial(self.store.save_poses, Tenure(HALL)))
        flusher = Flusher(HALL, [poses], self.metrics)
        self.snapshot = Snapshot(self.stream.subscribe("snapshot"), poses, flusher, INTERVAL, {})

    def join(self, user: str, x: float) -> None:
        self.stream.publish(UserJoined(user, 0, at(x), state(user)))

    def move(self, user: str, x: float) -> None:
        self.stream.publish(UserMoved(user, 0, at(x)))

    def leave(self, user: str) -> None:
        self.stream.publish(UserLeft(user))

    def knows(self, user: str) -> float | None:
        """Where memory has this user."""
        pose = self.snapshot.previous(user)
        return None if pose is None else unpack(pose).position[0]

    def unsaved(self) -> dict[str, float]:
        unsaved = self.snapshot.unsaved["poses"]
        return {user: unpack(pose).position[0] for user, pose in unsaved.items()}


@asynccontextmanager
async def running(album: Album) -> AsyncIterator[trio.CancelScope]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.run)
        yield nursery.cancel_scope
        nursery.cancel_scope.cancel()
