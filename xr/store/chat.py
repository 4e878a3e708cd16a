"""Lines of chat in SQLite: the table ``chat``."""

from sqlite_utils import Database

from xr.rooms.protocols import ChatChanges, Line
from xr.rooms.tenure import Tenure
from xr.store.thread import SqliteThread


def load(db: Database, room_id: str) -> dict[str, Line]:
    """The lines of the room by id, the oldest first."""
    rows = db.execute(
        "SELECT line_id, user_id, name, text, at FROM chat WHERE room_id = ? ORDER BY at, line_id",
        (room_id,),
    )
    return {line_id: Line(*row) for line_id, *row in rows}


class SqliteChat(SqliteThread):
    """The part of a store that keeps lines of chat."""

    async def save_chat(self, tenure: Tenure, changes: ChatChanges) -> None:
        """Write the lines in one transaction. The mapping is copied before the first await."""
        if changes:
            await self._write(_save, tenure.room_id, dict(changes))

    async def forget_chat_older_than(self, seconds_ago: float) -> int:
        """Delete lines of chat written so long ago."""
        return await self._write(_forget_before, self._now() - seconds_ago)


def _save(db: Database, room_id: str, changes: ChatChanges) -> None:
    """Write and remove all lines, or none; none as well when the room is gone."""
    gone = [(room_id, line_id) for line_id, line in changes.items() if line is None]
    written = [
        (room_id, line_id, line.user_id, line.name, line.text, line.at, room_id)
        for line_id, line in changes.items()
        if line is not None
    ]
    with db.atomic():
        db.conn.executemany("DELETE FROM chat WHERE room_id = ? AND line_id = ?", gone)
        db.conn.executemany(
            "INSERT OR REPLACE INTO chat (room_id, line_id, user_id, name, text, at)"
            " SELECT ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM rooms WHERE room_id = ?)",
            written,
        )


def forget(db: Database, user_id: str) -> None:
    """Delete the user's lines in all rooms. Within a transaction."""
    db.execute("DELETE FROM chat WHERE user_id = ?", (user_id,))


def _forget_before(db: Database, moment: float) -> int:
    return db.execute("DELETE FROM chat WHERE at < ?", (int(moment * 1000),)).rowcount
