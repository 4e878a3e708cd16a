"""All that is kept of one user, in SQLite: found by user, over all rooms."""

from sqlite_utils import Database

from xr.store.thread import SqliteThread


class SqliteVisitors(SqliteThread):
    """The part of a store that answers for one user."""

    async def visited(self, user_id: str) -> set[str]:
        """The ids of the rooms in which a pose of the user is kept."""
        return await self.run(_visited, user_id)


def _visited(db: Database, user_id: str) -> set[str]:
    rows = db.execute("SELECT room_id FROM poses WHERE user_id = ?", (user_id,))
    return {room_id for (room_id,) in rows}
