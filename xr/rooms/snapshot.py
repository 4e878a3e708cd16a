"""The task that knows the last pose of every user of a room and writes the changed ones.

It owns the poses and notes the changes in their ledger. The pose of a user who has left goes from
memory once it is written.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import trio

from xr.events import UserJoined, UserLeft, UserMoved
from xr.pose import Pose
from xr.rooms.flusher import Flusher
from xr.rooms.ledger import Ledger
from xr.rooms.leftovers import Unsaved
from xr.rooms.stream import Inbox
from xr.rooms.view import Folds
from xr.wire.record import AnyPose, PackedPose, unpack


@dataclass(frozen=True)
class SnapshotStatistics:
    """A snapshot at one moment, as far as it has read the stream: the users whose pose is in
    memory, how many users are present, and how many joins are expected.
    """

    known: frozenset[str]
    present: int
    expected: int


class Snapshot:
    """The last poses of one room. ``also`` are folds of other state that is written behind.

    ``interval`` is the seconds between two flushes.
    """

    def __init__(
        self,
        inbox: Inbox,
        poses: Ledger[str, AnyPose],
        flusher: Flusher,
        interval: float,
        also: Folds,
    ) -> None:
        self._inbox = inbox
        self._ledger = poses
        self.flusher = flusher
        self._interval = interval
        self._present: dict[str, None] = {}  # in the order of arrival: a seeded run repeats
        self._poses: dict[str, AnyPose] = {}
        self._expected: Counter[str] = Counter()
        self._folds: Folds = {
            UserJoined: self._joined,
            UserMoved: self._moved,
            UserLeft: self._left,
            **also,
        }

    def statistics(self) -> SnapshotStatistics:
        """Numbers of this moment. Unlike the questions below it does not read the stream."""
        return SnapshotStatistics(
            frozenset(self._poses), len(self._present), self._expected.total()
        )

    # Questions of others. Each answer includes every event published before the question.

    def previous(self, user_id: str) -> AnyPose | None:
        """The user's last pose, if it is in memory."""
        self.catch_up()
        return self._poses.get(user_id)

    def present_poses(self) -> Iterator[Pose]:
        """The poses of those present."""
        self.catch_up()
        for user_id in self._present:
            pose = self._poses[user_id]
            if isinstance(pose, PackedPose):
                self._poses[user_id] = pose = unpack(pose)  # kept until they move on
            yield pose

    def learn(self, user_id: str, pose: AnyPose) -> None:
        """Take over a pose that the store has, unless a newer one is known."""
        self.catch_up()
        self._poses.setdefault(user_id, pose)

    def forget(self, user_id: str) -> None:
        """Drop the pose of a user, also from a flush that is under way and may fail.

        Somebody who is present keeps their place, which is written when they move on.
        """
        self.catch_up()
        self._ledger.drop(user_id)
        if user_id not in self._present:
            self._poses.pop(user_id, None)

    def expect(self, user_id: str) -> None:
        """Keep the user's pose in memory while a join is on its way, until ``arrived``."""
        self._expected[user_id] += 1

    def arrived(self, user_id: str) -> None:
        """Note that the expected join has arrived, or was given up."""
        self._expected[user_id] -= 1
        if not self._expected[user_id]:
            del self._expected[user_id]

    @property
    def expects(self) -> bool:
        """True while a join is on its way."""
        return bool(self._expected)

    @property
    def failing(self) -> bool:
        """True while the last flush has failed."""
        return self.flusher.failing

    @property
    def unsaved(self) -> dict[str, dict[Any, Any]]:
        """The changes that are not yet written, by ledger."""
        self.catch_up()
        return self.flusher.unsaved

    def restore(self, unsaved: Unsaved) -> None:
        """Take over the changes that an earlier run of the room could not write."""
        self._poses.update(unsaved.get(self._ledger.name, {}))
        self.flusher.restore(unsaved)

    # The task.

    async def run(self) -> None:
        """Follow the stream and flush every interval, and at once when somebody left."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._flush_regularly, name=f"flush of room {self.flusher.room_id}")
            while True:
                await self._inbox.wait()
                self.catch_up()

    async def _flush_regularly(self) -> None:
        while True:
            await self.flusher.due(self._interval)
            await self.flush()

    async def flush(self) -> bool:
        """Write the changes; False if that failed. A failed or cancelled flush leaves them to the
        next one.

        Only the room's own tasks call it, so that the room's end waits for a flush under way.
        """
        self.catch_up()
        written = await self.flusher.flush()
        if written:
            self._drop_written()
        return written

    def _drop_written(self) -> None:
        """Drop the poses that are written and whose users are neither present nor expected."""
        keep = self._present.keys() | self._ledger.unsaved.keys() | self._expected.keys()
        for user_id in self._poses.keys() - keep:
            del self._poses[user_id]

    def catch_up(self) -> None:
        """Fold the events that have been published."""
        for entry in self._inbox.take_all():
            fold = self._folds.get(type(entry.event))
            if fold is not None:
                fold(entry.event)

    def _joined(self, event: UserJoined) -> None:
        self._present[event.user_id] = None
        self._moved(event)

    def _moved(self, event: UserJoined | UserMoved) -> None:
        self._poses[event.user_id] = event.pose
        self._ledger.put(event.user_id, event.pose)

    def _left(self, event: UserLeft) -> None:
        self._present.pop(event.user_id, None)
        self.flusher.hurry()
