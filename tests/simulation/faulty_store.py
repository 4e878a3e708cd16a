"""A store that is slow, locked, full, lies or dies, over a memory that holds what is committed.

Like the database's thread it does one thing at a time: who is cancelled while waiting for the turn
has done nothing, and what has begun ends, unless the process dies.
"""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar

import trio

from tests.simulation.model import Model
from xr.errors import StoreError
from xr.pose import Pose
from xr.profile import Profile
from xr.rooms.audit import Act
from xr.rooms.entities import Entities
from xr.rooms.invites import Invite
from xr.rooms.protocols import ComponentChanges, Line, RoomRecord, Visit
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.store.memory import MemoryStore
from xr.store.protocol import RoomSummary, UserRecord, UserSummary
from xr.wire.record import AnyPose, unpack

T = TypeVar("T")

_BUSY = 0.25  # seconds that a write waits for a lock
_TROUBLE = 0.2  # seconds; an operation that takes longer may delay others noticeably


class Crashed(BaseException):
    """The process is dead: nothing of it may go on."""


class Injected(Exception):
    """A bug that was put in on purpose."""


class FaultyStore:
    """A ``Store`` of one process over ``disk``, which outlives it."""

    def __init__(
        self, disk: MemoryStore, model: Model, rng: random.Random, injected: Counter[str]
    ) -> None:
        self.mode = ""
        self.trouble = -1_000.0  # when something last went wrong, or took long
        self._disk = disk
        self._model = model
        self._rng = rng
        self._injected = injected
        self._turn = trio.Lock()
        self._works: set[trio.CancelScope] = set()
        self._dead = False

    def die(self) -> None:
        """Nothing is committed any more that is not yet."""
        self._dead = True
        for scope in self._works:
            scope.cancel()

    # Used by rooms and admins.

    async def load_room(self, room_id: str) -> RoomRecord | None:
        """The room with its entities."""
        return await self._run(lambda: self._disk.load_room(room_id))

    async def load_visit(self, room_id: str, user_id: str) -> Visit:
        """Where the user stood last."""
        return await self._run(lambda: self._disk.load_visit(room_id, user_id))

    async def save_chat(self, tenure: Tenure, lines: Mapping[str, Line]) -> None:
        """Write all lines of chat of a room, or none."""

        async def save() -> None:
            await self._disk.save_chat(tenure, lines)
            record = await self._disk.load_room(tenure.room_id)
            if record is not None:
                self._model.society.wrote_chat(tenure.room_id, set(record.lines))

        await self._run(save, writes=True)

    async def forget_chat_older_than(self, seconds_ago: float) -> int:
        """Delete lines of chat written so long ago."""
        return await self._run(lambda: self._disk.forget_chat_older_than(seconds_ago), writes=True)

    async def save_components(self, tenure: Tenure, changes: ComponentChanges) -> None:
        """Write all changes of entities, or none."""
        await self._run(lambda: self._disk.save_components(tenure, changes), writes=True)

    async def save_standings(self, tenure: Tenure, standings: Mapping[str, Standing]) -> None:
        """Write all standings, or none."""
        await self._run(lambda: self._disk.save_standings(tenure, standings), writes=True)

    async def save_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Write all profiles, or none."""

        async def save() -> None:
            await self._disk.save_profiles(profiles)
            self._model.society.disk_profiles.update(profiles)

        await self._run(save, writes=True)

    async def save_acts(self, tenure: Tenure, acts: Mapping[str, Act]) -> None:
        """Write all acts, or none."""
        await self._run(lambda: self._disk.save_acts(tenure, acts), writes=True)

    async def list_acts(self, room_id: str) -> list[Act]:
        """The acts of a room."""
        return await self._disk.list_acts(room_id)

    async def forget_acts(self, seconds_ago: float) -> int:
        """Forget by age."""
        return await self._disk.forget_acts(seconds_ago)

    async def save_options(self, tenure: Tenure, changes: Mapping[str, Any]) -> None:
        """Write all options that changed, or none."""

        async def save() -> None:
            await self._disk.save_options(tenure, changes)
            record = await self._disk.load_room(tenure.room_id)
            if record is not None:
                self._model.society.wrote_options(tenure.room_id, record.options)

        await self._run(save, writes=True)

    async def save_invites(self, tenure: Tenure, changes: Mapping[str, Invite | None]) -> None:
        """Write all invites, or none."""
        await self._run(lambda: self._disk.save_invites(tenure, changes), writes=True)

    async def save_let_in(self, tenure: Tenure, epochs: Mapping[str, int]) -> None:
        """Note all who were let in, or none."""
        await self._run(lambda: self._disk.save_let_in(tenure, epochs), writes=True)

    async def save_poses(self, tenure: Tenure, poses: Mapping[str, AnyPose]) -> None:
        """Write all poses, or none."""
        room_id, batch = tenure.room_id, {user: unpack(pose) for user, pose in poses.items()}

        async def save() -> None:
            await self._disk.save_poses(tenure, batch)
            if room_id not in self._model.deleted:
                self._model.committed(room_id, batch)
            if self.mode == "buggy":
                self._fail_unexpectedly(room_id)

        await self._run(save, writes=True)

    async def delete_room(self, room_id: str) -> bool:
        """Delete the room and its poses."""

        async def delete() -> bool:
            found = await self._disk.delete_room(room_id)
            self._model.deleted.add(room_id)
            return found

        return await self._run(delete, writes=True)

    async def forget_pose(self, user_id: str, room_id: str) -> int:
        """Forget where the user stood in the room."""
        last = self._model.history(room_id, user_id).last

        async def forget() -> int:
            count = await self._disk.forget_pose(user_id, room_id)
            self._model.forgot(room_id, user_id, last)
            return count

        return await self._run(forget, writes=True)

    async def forget_user(self, user_id: str) -> int:
        """Forget all that is kept of the user but mutes and bans."""
        rooms = self._model.plan.rooms
        asked = {name: self._model.history(name, user_id).last for name in rooms}
        versions = self._model.acts.versions(user_id)

        async def forget() -> int:
            count = await self._disk.forget_user(user_id)
            for name, last in asked.items():
                self._model.forgot(name, user_id, last)
            self._model.forgot_all(user_id, versions)
            return count

        return await self._run(forget, writes=True)

    async def check_place(self) -> None:
        """It is never taken away."""
        await self._disk.check_place()

    async def check(self) -> None:
        """Read and write a little."""
        await self._run(self._disk.check, writes=True)

    # Used by nobody below the socket.

    @property
    def revision(self) -> int:
        """Greater after each change of the list."""
        return self._disk.revision

    async def list_rooms(self) -> list[RoomSummary]:
        """All rooms."""
        return await self._disk.list_rooms()

    async def create_room(
        self,
        name: str,
        entities: Entities,
        made_by: str | None = None,
        most: int = 0,
        *,
        listed: bool = True,
    ) -> str:
        """Make a room."""
        return await self._disk.create_room(name, entities, made_by, most, listed=listed)

    async def insert_room(self, record: RoomRecord, poses: Mapping[str, Pose]) -> bool:
        """Keep a room of another place."""
        return await self._disk.insert_room(record, poses)

    async def list_users(self, room_id: str | None = None) -> list[UserSummary]:
        """All users."""
        return await self._disk.list_users(room_id)

    async def visited(self, user_id: str) -> set[str]:
        """The rooms with a pose of the user."""
        return await self._disk.visited(user_id)

    async def load_user(self, user_id: str) -> UserRecord:
        """All that is kept of a user."""
        return await self._disk.load_user(user_id)

    async def profiles_of(self, user_ids: Collection[str]) -> Mapping[str, Profile]:
        """The profiles of users."""
        return await self._run(lambda: self._disk.profiles_of(user_ids))

    async def poses(self, room_id: str) -> Mapping[str, Pose]:
        """All poses of a room."""
        return await self._disk.poses(room_id)

    async def forget_older_than(self, seconds_ago: float) -> int:
        """Forget by age."""
        return await self._disk.forget_older_than(seconds_ago)

    async def delete_never_entered(
        self, seconds_ago: float, spared: Collection[str] = (), *, by_visitors: bool = False
    ) -> list[str]:
        """Delete rooms that nobody entered."""
        return await self._disk.delete_never_entered(seconds_ago, spared, by_visitors=by_visitors)

    # Within.

    async def _run(self, work: Callable[[], Awaitable[T]], *, writes: bool = False) -> T:
        started = trio.current_time()
        async with self._turn:
            self._check_alive()
            with trio.CancelScope(shield=True) as scope:
                self._works.add(scope)
                try:
                    return await self._work(work, writes)
                finally:
                    self._works.discard(scope)
                    if trio.current_time() - started > _TROUBLE:
                        self.trouble = trio.current_time()
            raise Crashed

    async def _work(self, work: Callable[[], Awaitable[T]], writes: bool) -> T:
        mode = self.mode
        await self._take_time(mode)
        if mode == "locked" and writes:
            await trio.sleep(_BUSY)
        if mode == "broken" or (mode in ("locked", "full") and writes):
            self._fail(mode)
        result = await work()
        await self._take_time(mode)
        if mode == "lying" and writes:
            self._fail(mode)
        self._check_alive()
        return result

    async def _take_time(self, mode: str) -> None:
        if mode == "slow":
            self._injected["store slow"] += 1
            await trio.sleep(self._rng.uniform(0.1, 1.0))
        elif self._rng.random() < 0.3:
            await trio.sleep(self._rng.choice((0.001, 0.01, 0.04)))

    def _fail(self, mode: str) -> None:
        self.trouble = trio.current_time()
        self._injected[f"store {mode}"] += 1
        raise StoreError(f"the database is {mode}")

    def _fail_unexpectedly(self, room_id: str) -> None:
        self.mode = ""
        self.trouble = trio.current_time()
        self._injected["store buggy"] += 1
        self._model.crash(room_id)
        raise Injected("the store has a bug")

    def _check_alive(self) -> None:
        if self._dead:
            raise Crashed
