"""The maker of each room, who may rename and delete it; nobody where a program or a command did."""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


@migrations(name="0004_makers")
def makers(db: Database) -> None:
    """Add ``rooms.made_by``, a user id."""
    db.execute(
        "ALTER TABLE rooms ADD COLUMN made_by TEXT CHECK (length(made_by) BETWEEN 1 AND 100)"
    )
