"""The store in an SQLite file."""

import contextlib
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import trio
from sqlite_utils import Database

from xr.pose import Pose
from xr.profile import Profile
from xr.rooms.entities import Entities
from xr.rooms.invites import Invite
from xr.rooms.protocols import ComponentChanges, RoomRecord, Visit
from xr.rooms.standings import Standing
from xr.rooms.tenure import Tenure
from xr.store import doors, lock, moving, schema, tables
from xr.store import profiles as profile_rows
from xr.store.acts import SqliteActs
from xr.store.chat import SqliteChat
from xr.store.copying import backup
from xr.store.faults import explained
from xr.store.ownership import make_ours
from xr.store.protocol import RoomSummary, UserSummary, new_room_id
from xr.store.thread import SqliteThread
from xr.store.users import SqliteUsers, forget_user
from xr.wire.record import AnyPose

log = logging.getLogger(__name__)

_BUSY = 0.25  # seconds; a room whose flush fails keeps the poses and tries again
_LOG_KEPT = 16 * 1024 * 1024  # bytes of the WAL that stay on disk once a long reader has gone


class SqliteStore(SqliteActs, SqliteChat, SqliteUsers, SqliteThread):
    """A ``Store`` on an open connection. Made by :func:`open_store`."""

    async def load_room(self, room_id: str) -> RoomRecord | None:
        """The room with its entities."""
        return await self.run(tables.load_room, room_id)

    async def load_visit(self, room_id: str, user_id: str) -> Visit:
        """The last place of the user in this room, and their profile."""
        return await self.run(tables.load_visit, room_id, user_id)

    async def save_poses(self, tenure: Tenure, poses: Mapping[str, AnyPose]) -> None:
        """Upsert all poses in one transaction. The mapping is copied before the first await."""
        if poses:
            items = list(poses.items())
            await self._write(tables.save_poses, tenure.room_id, items, self._now())

    async def save_components(self, tenure: Tenure, changes: ComponentChanges) -> None:
        """Write all changes in one transaction. The mapping is copied before the first await."""
        if changes:
            await self._write(tables.save_components, tenure.room_id, dict(changes))

    async def save_profiles(self, profiles: Mapping[str, Profile]) -> None:
        """Write all profiles in one transaction. The mapping is copied before the first await."""
        if profiles:
            await self._write(profile_rows.save, dict(profiles))

    async def save_standings(self, tenure: Tenure, standings: Mapping[str, Standing]) -> None:
        """Write all standings in one transaction. The mapping is copied before the first await."""
        if standings:
            await self._change_list(tables.save_standings, tenure.room_id, dict(standings))

    async def save_options(self, tenure: Tenure, changes: Mapping[str, Any]) -> None:
        """Write the options that changed. The mapping is copied before the first await."""
        if changes:
            await self._change_list(doors.save_options, tenure.room_id, dict(changes))

    async def save_invites(self, tenure: Tenure, changes: Mapping[str, Invite | None]) -> None:
        """Write all invites in one transaction. The mapping is copied before the first await."""
        if changes:
            await self._write(doors.save_invites, tenure.room_id, dict(changes))

    async def save_let_in(self, tenure: Tenure, epochs: Mapping[str, int]) -> None:
        """Note who was let in, in one transaction. The mapping is copied before the first await."""
        if epochs:
            await self._write(doors.save_let_in, tenure.room_id, dict(epochs))

    async def list_rooms(self) -> list[RoomSummary]:
        """All rooms, the newest first."""
        return await self.run(tables.list_rooms)

    async def create_room(
        self,
        name: str,
        entities: Entities,
        made_by: str | None = None,
        most: int = 0,
        *,
        listed: bool = True,
    ) -> str:
        """Make a room and return its new id."""
        room_id = new_room_id()
        fields = name, entities, self._now(), made_by, most, listed
        await self._change_list(tables.insert_room, room_id, *fields)
        return room_id

    async def insert_room(self, record: RoomRecord, poses: Mapping[str, Pose]) -> bool:
        """Keep a room of another place by its id."""
        return await self._change_list(moving.insert, record, dict(poses), self._now())

    async def list_users(self, room_id: str | None = None) -> list[UserSummary]:
        """All users, or those with a pose in the room."""
        return await self.run(tables.list_users, room_id)

    async def delete_room(self, room_id: str) -> bool:
        """Delete the room with its entities and poses."""
        return await self._change_list(tables.delete_room, room_id)

    async def delete_never_entered(
        self, seconds_ago: float, spared: Collection[str] = (), *, by_visitors: bool = False
    ) -> list[str]:
        """Delete the rooms made so long ago in which nobody ever was; returns their ids."""
        moment = self._now() - seconds_ago
        return await self._change_list(
            tables.delete_never_entered, moment, set(spared), by_visitors
        )

    async def poses(self, room_id: str) -> Mapping[str, Pose]:
        """Every user's last pose in the room."""
        return await self.run(tables.load_poses, room_id)

    async def forget_pose(self, user_id: str, room_id: str) -> int:
        """Forget where the user stood in the room."""
        return await self._change_list(tables.forget_pose, user_id, room_id)

    async def forget_user(self, user_id: str) -> int:
        """Forget all that is kept of the user but mutes and bans."""
        return await self._change_list(forget_user, user_id)

    async def forget_older_than(self, seconds_ago: float) -> int:
        """Forget poses, and users without one, not changed or seen for so long."""
        return await self._write(tables.forget_before, self._now() - seconds_ago)


@contextlib.asynccontextmanager
async def open_store(
    path: Path, synchronous: str = "NORMAL", now: Callable[[], float] = time.time
) -> AsyncIterator[SqliteStore]:
    """Open the database at ``path``, make it if there is none, and apply pending migrations.

    ``synchronous`` is ``NORMAL`` or ``FULL``; ``now`` gives unix seconds. A server
    takes the lock of ``xr.store.lock`` first.

    Raises:
        StoreError: it cannot be opened, or comes from a newer version.
    """
    db = await trio.to_thread.run_sync(_open, path, synchronous)
    try:
        with explained(path):
            store = SqliteStore(db, path, now)
        yield store
    finally:
        db.close()


def _open(path: Path, synchronous: str = "NORMAL") -> Database:
    with explained(path):
        db = _connect(path)
        try:
            _prepare(db, path, synchronous)
        except BaseException:
            db.close()
            raise
    return db


def _connect(path: Path) -> Database:
    if path.parent.is_dir():  # else SQLite says so
        make_ours(path.resolve())
    connection = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False)
    return Database(connection, execute_plugins=False)


def _prepare(db: Database, path: Path, synchronous: str) -> list[str]:
    steps = schema.load_migrations()
    schema.refuse_newer(db, steps)
    db.execute("PRAGMA foreign_keys = on")
    db.enable_wal()
    # During a long read of another program the log cannot start over, and grows with every write.
    # SQLite can only copy the log back often, and cut it afterwards.
    db.execute(f"PRAGMA journal_size_limit = {_LOG_KEPT}")
    db.execute("PRAGMA wal_autocheckpoint = 1000")
    db.execute(f"PRAGMA synchronous = {synchronous}")
    _copy_before_changes(db, path, steps)
    return schema.apply(db, steps)


def _copy_before_changes(db: Database, path: Path, steps: schema.Steps) -> None:
    """Copy a database of an earlier version beside itself, for a way back to that version."""
    pending = schema.pending(db, steps)
    if 0 < len(pending) < len(steps):
        copy = Path(f"{path.resolve()}.before-{pending[0]}")
        if not copy.exists():  # else an earlier try was interrupted, and that copy is the old state
            backup(path, copy)
        log.info("database.migrating steps=%s copy=%s", ",".join(pending), copy)


def migrate(path: Path) -> list[str]:
    """Apply pending migrations while no server runs; return their names.

    Raises:
        StoreError: a server holds the database, or it cannot be opened or is too new.
    """
    with lock.acquire(path), explained(path), contextlib.closing(_connect(path)) as db:
        return _prepare(db, path, "FULL")
