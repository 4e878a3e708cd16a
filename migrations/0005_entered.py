"""When somebody was first in each room, unix seconds; NULL: nobody ever was."""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


@migrations(name="0005_entered")
def entered(db: Database) -> None:
    """Add ``rooms.entered_at``. Of the rooms there are, those with a pose were entered."""
    db.execute("ALTER TABLE rooms ADD COLUMN entered_at REAL")
    db.execute(
        "UPDATE rooms SET entered_at = "
        "(SELECT min(updated_at) FROM poses WHERE poses.room_id = rooms.room_id)"
    )
