"""Acts of moderation in SQLite: the table ``acts``."""

from collections.abc import Mapping

from sqlite_utils import Database

from xr.rooms.audit import Act
from xr.rooms.tenure import Tenure
from xr.store.thread import SqliteThread


class SqliteActs(SqliteThread):
    """The part of a store that keeps acts."""

    async def save_acts(self, tenure: Tenure, acts: Mapping[str, Act]) -> None:
        """Write all acts in one transaction. The mapping is copied before the first await."""
        if acts:
            await self._write(_save, tenure.room_id, dict(acts))

    async def list_acts(self, room_id: str) -> list[Act]:
        """The acts of moderation in a room, the newest first."""
        return await self.run(_list, room_id)

    async def forget_acts(self, seconds_ago: float) -> int:
        """Forget the acts from before so long; returns how many."""
        return await self._write(_forget, self._now() - seconds_ago)


def _save(db: Database, room_id: str, acts: Mapping[str, Act]) -> None:
    """Write all acts, or none; none as well when the room is gone."""
    rows = [
        (room_id, act_id, act.at, act.by, act.act, act.user_id, act.detail, room_id)
        for act_id, act in acts.items()
    ]
    with db.atomic():
        db.conn.executemany(
            "INSERT OR IGNORE INTO acts (room_id, act_id, at, by_user, act, user_id, detail)"
            " SELECT ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM rooms WHERE room_id = ?)",
            rows,
        )


def _list(db: Database, room_id: str) -> list[Act]:
    sql = (
        "SELECT at, by_user, act, user_id, detail FROM acts WHERE room_id = ?"
        " ORDER BY at DESC, act_id"
    )
    return [Act(*row) for row in db.execute(sql, (room_id,))]


def _forget(db: Database, moment: float) -> int:
    return db.execute("DELETE FROM acts WHERE at < ?", (moment,)).rowcount
