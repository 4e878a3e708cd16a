"""All that is kept of one user, in SQLite: found by user, over all rooms."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlite_utils import Database

from xr.profile import Profile, default_profile
from xr.rooms.protocols import Line
from xr.store import chat, doors, profiles, tables
from xr.store.protocol import UserRecord, UserSummary
from xr.store.standings import forget_roles, standing_of
from xr.store.thread import SqliteThread


class SqliteUsers(SqliteThread):
    """The part of a store that answers for one user."""

    async def visited(self, user_id: str) -> set[str]:
        """The ids of the rooms in which a pose of the user is kept."""
        return await self.run(_visited, user_id)

    async def load_user(self, user_id: str) -> UserRecord:
        """All that is kept of the user."""
        return await self.run(_load_user, user_id)

    async def profiles_of(self, user_ids: Collection[str]) -> Mapping[str, Profile]:
        """The profile of each of these users."""
        return await self.run(_profiles_of, list(user_ids))


def forget_user(db: Database, user_id: str) -> int:
    """Delete every trace of the user but mutes and bans; returns the number of poses deleted."""
    with db.atomic():
        db.execute("DELETE FROM users WHERE user_id = ?", (user_id,))
        profiles.forget(db, user_id)
        chat.forget(db, user_id)
        db.execute("UPDATE rooms SET made_by = NULL WHERE made_by = ?", (user_id,))
        forget_roles(db, user_id)
        doors.forget_user(db, user_id)
        return db.execute("DELETE FROM poses WHERE user_id = ?", (user_id,)).rowcount


def _visited(db: Database, user_id: str) -> set[str]:
    rows = db.execute("SELECT room_id FROM poses WHERE user_id = ?", (user_id,))
    return {room_id for (room_id,) in rows}


def _load_user(db: Database, user_id: str) -> UserRecord:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        return list(db.execute(sql, (user_id,)).fetchall())

    lines: dict[str, list[Line]] = {}
    invites: dict[str, list[str]] = {}
    with db.atomic():  # all reads see the same moment
        seen = rows("SELECT user_id, first_seen, last_seen FROM users WHERE user_id = ?")
        profile = rows("SELECT name, color, avatar FROM profiles WHERE user_id = ?")
        poses = rows(f"SELECT room_id, {tables.POSE_COLUMNS} FROM poses WHERE user_id = ?")
        standings = rows("SELECT room_id, role, muted, bar FROM standings WHERE user_id = ?")
        for room_id, *line in rows(
            "SELECT room_id, user_id, name, text, at FROM chat WHERE user_id = ?"
            " ORDER BY at, line_id"
        ):
            lines.setdefault(room_id, []).append(Line(*line))
        let_in = rows("SELECT room_id FROM let_in WHERE user_id = ? ORDER BY room_id")
        for room_id, invite_id in rows(
            "SELECT room_id, invite_id FROM invites WHERE made_by = ? ORDER BY invite_id"
        ):
            invites.setdefault(room_id, []).append(invite_id)
    return UserRecord(
        UserSummary(*seen[0]) if seen else None,
        Profile(*profile[0]) if profile else None,
        {room_id: tables.pose_of(pose) for room_id, *pose in poses},
        {room_id: standing_of(row) for room_id, *row in standings},
        lines,
        [room_id for (room_id,) in let_in],
        invites,
    )


def _profiles_of(db: Database, user_ids: list[str]) -> dict[str, Profile]:
    rows = db.execute(
        "SELECT user_id, name, color, avatar FROM profiles"
        " WHERE user_id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(user_ids).decode(),),
    )
    found = {user_id: Profile(*profile) for user_id, *profile in rows}
    return {user_id: found.get(user_id) or default_profile(user_id) for user_id in user_ids}
