"""All that is kept of one user, in SQLite: found by user, over all rooms."""

from collections.abc import Collection, Mapping

import msgspec
from sqlite_utils import Database

from xr.profile import Profile, default_profile
from xr.store.thread import SqliteThread


class SqliteVisitors(SqliteThread):
    """The part of a store that answers for one user."""

    async def visited(self, user_id: str) -> set[str]:
        """The ids of the rooms in which a pose of the user is kept."""
        return await self.run(_visited, user_id)

    async def profiles_of(self, user_ids: Collection[str]) -> Mapping[str, Profile]:
        """The profile of each of these users."""
        return await self.run(_profiles_of, list(user_ids))


def _visited(db: Database, user_id: str) -> set[str]:
    rows = db.execute("SELECT room_id FROM poses WHERE user_id = ?", (user_id,))
    return {room_id for (room_id,) in rows}


def _profiles_of(db: Database, user_ids: list[str]) -> dict[str, Profile]:
    rows = db.execute(
        "SELECT user_id, name, color, avatar FROM profiles"
        " WHERE user_id IN (SELECT value FROM json_each(?))",
        (msgspec.json.encode(user_ids).decode(),),
    )
    found = {user_id: Profile(*profile) for user_id, *profile in rows}
    return {user_id: found.get(user_id) or default_profile(user_id) for user_id in user_ids}
