"""Acts of moderation, kept 30 days: unix seconds, who did what to whom. NULL is the operator."""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


@migrations(name="0011_acts")
def acts(db: Database) -> None:
    """Make ``acts``. The id is random, so that a write that is tried again adds nothing twice."""
    db.execute("""
        CREATE TABLE acts (
            room_id TEXT NOT NULL REFERENCES rooms ON DELETE CASCADE,
            act_id TEXT NOT NULL,
            at REAL NOT NULL,
            by_user TEXT,
            act TEXT NOT NULL,
            user_id TEXT NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY (room_id, act_id)
        ) STRICT, WITHOUT ROWID
    """)
