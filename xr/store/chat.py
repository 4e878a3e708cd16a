"""Lines of chat in SQLite: the table ``chat``."""

from collections.abc import Mapping

import msgspec
from sqlite_utils import Database

from xr.rooms.protocols import Line
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

    async def save_chat(self, tenure: Tenure, lines: Mapping[str, Line]) -> None:
        """Write all lines of a room in one transaction. They are copied before the first await."""
        await self._write(save, tenure.room_id, dict(lines))

    async def forget_chat_older_than(self, seconds_ago: float) -> int:
        """Delete lines of chat written so long ago."""
        return await self._write(_forget_before, self._now() - seconds_ago)


def save(db: Database, room_id: str, lines: Mapping[str, Line]) -> None:
    """Write the lines, which never change, and remove all others; none when the room is gone."""
    kept = msgspec.json.encode(list(lines)).decode()
    rows = [
        (room_id, line_id, line.user_id, line.name, line.text, line.at, room_id)
        for line_id, line in lines.items()
    ]
    with db.atomic():
        db.execute(
            "DELETE FROM chat WHERE room_id = ?"
            " AND line_id NOT IN (SELECT value FROM json_each(?))",
            (room_id, kept),
        )
        db.conn.executemany(
            "INSERT OR IGNORE INTO chat (room_id, line_id, user_id, name, text, at)"
            " SELECT ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM rooms WHERE room_id = ?)",
            rows,
        )


def forget(db: Database, user_id: str) -> None:
    """Delete the user's lines in all rooms. Within a transaction."""
    db.execute("DELETE FROM chat WHERE user_id = ?", (user_id,))


def _forget_before(db: Database, moment: float) -> int:
    return db.execute("DELETE FROM chat WHERE at < ?", (int(moment * 1000),)).rowcount
