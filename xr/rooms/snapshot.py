"""The task that knows the last pose of every user of a room and writes the changed ones.

It owns the poses and the dirty set. Poses of those who left go from memory once they are written.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import trio

from xr.errors import StoreError
from xr.events import UserJoined, UserLeft, UserMoved
from xr.metrics import Metrics
from xr.pose import Pose
from xr.rooms.protocols import RoomStore
from xr.rooms.stream import Inbox

log = logging.getLogger(__name__)

_LOG_EVERY = 60.0


class Snapshot:
    """Last poses of one room. ``interval`` is the seconds between two flushes."""

    def __init__(
        self, room_id: str, inbox: Inbox, store: RoomStore, interval: float, metrics: Metrics
    ) -> None:
        self._room_id = room_id
        self._inbox = inbox
        self._store = store
        self._interval = interval
        self._metrics = metrics
        self._present: dict[str, None] = {}  # in the order of arrival: a seeded run repeats
        self._poses: dict[str, Pose] = {}
        self._dirty: dict[str, Pose] = {}
        self._expected: Counter[str] = Counter()
        self._forgotten: set[str] = set()
        self._writing = trio.Lock()
        self._hurry = trio.Event()
        self._logged: float | None = None
        self.failing = False

    # What others ask. Each answer counts every event published before the question.

    def previous(self, user_id: str) -> Pose | None:
        """The user's last pose, as far as memory goes."""
        self.catch_up()
        return self._poses.get(user_id)

    def standing(self) -> Iterator[Pose]:
        """The poses of those present."""
        self.catch_up()
        return (self._poses[user_id] for user_id in self._present)

    def learn(self, user_id: str, pose: Pose) -> None:
        """Take over a pose that the store has, unless a newer one is known."""
        self.catch_up()
        self._poses.setdefault(user_id, pose)

    def forget(self, user_id: str) -> None:
        """Drop the pose of a user, also from a flush that is under way and may fail.

        Somebody who is present keeps their place, which is written when they move on.
        """
        self.catch_up()
        self._dirty.pop(user_id, None)
        self._forgotten.add(user_id)
        if user_id not in self._present:
            self._poses.pop(user_id, None)

    @contextmanager
    def expecting(self, user_id: str) -> Iterator[None]:
        """Keep what is known of a user in memory while their join is on its way."""
        self.expect(user_id)
        try:
            yield
        finally:
            self.arrived(user_id)

    def expect(self, user_id: str) -> None:
        """A join of this user is on its way, until ``arrived``."""
        self._expected[user_id] += 1

    def arrived(self, user_id: str) -> None:
        """The expected join is here."""
        self._expected[user_id] -= 1
        if not self._expected[user_id]:
            del self._expected[user_id]

    @property
    def expects(self) -> bool:
        """True while a join is on its way."""
        return bool(self._expected)

    @property
    def unsaved(self) -> dict[str, Pose]:
        """The poses that are not yet written."""
        self.catch_up()
        return dict(self._dirty)

    def restore(self, unsaved: Mapping[str, Pose]) -> None:
        """Take over what an earlier run of the room could not write."""
        self._poses.update(unsaved)
        self._dirty.update(unsaved)

    # The task.

    async def run(self) -> None:
        """Follow the stream and flush every interval, and at once when somebody left."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._flush_now_and_then, name=f"flush of room {self._room_id}")
            while True:
                await self._inbox.wait()
                self.catch_up()

    def catch_up(self) -> None:
        """Take in what has been published."""
        for entry in self._inbox.drain():
            event = entry.event
            if isinstance(event, UserMoved):
                self._poses[event.user_id] = self._dirty[event.user_id] = event.pose
            elif isinstance(event, UserJoined):
                self._present[event.user_id] = None
                self._poses[event.user_id] = self._dirty[event.user_id] = event.pose
            elif isinstance(event, UserLeft):
                self._present.pop(event.user_id, None)
                self._hurry.set()

    async def _flush_now_and_then(self) -> None:
        while True:
            with trio.move_on_after(self._interval):
                await self._hurry.wait()
            self._hurry = trio.Event()
            await self.flush()

    async def flush(self) -> bool:
        """Write the changed poses in one transaction; False if that failed.

        On failure, or when cancelled, they stay dirty under newer ones and are tried again.
        """
        async with self._writing:
            self.catch_up()
            batch, self._dirty = self._dirty, {}
            self._forgotten.clear()
            if not batch:
                self._drop_written()
                return True
            written = False
            started = trio.current_time()
            try:
                await self._store.save_poses(self._room_id, batch)
                written = True
            except (StoreError, OSError) as error:
                self._failed(error)
            finally:
                if not written:
                    kept = {k: v for k, v in batch.items() if k not in self._forgotten}
                    self._dirty = kept | self._dirty
            if written:
                self._succeeded(len(batch), trio.current_time() - started)
            return written

    def _succeeded(self, count: int, seconds: float) -> None:
        if self.failing:
            log.warning("flush.recovered room=%s poses=%d", self._room_id, count)
        self.failing = False
        self._logged = None
        self._metrics.poses_flushed += count
        self._metrics.flush_seconds += seconds
        self._drop_written()

    def _failed(self, error: Exception) -> None:
        self.failing = True
        self._metrics.flush_failures += 1
        now = trio.current_time()
        if self._logged is None or now - self._logged >= _LOG_EVERY:
            self._logged = now
            log.error(
                "flush.failed room=%s error=%r: its poses stay in memory and are tried again",
                self._room_id,
                str(error),
            )

    def _drop_written(self) -> None:
        keep = self._present.keys() | self._dirty.keys() | self._expected.keys()
        for user_id in self._poses.keys() - keep:
            del self._poses[user_id]
