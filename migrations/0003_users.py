"""The users to whom the server has given an identity; when they were last here, in unix seconds."""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


@migrations(name="0003_users")
def users(db: Database) -> None:
    """Make ``users``."""
    db.execute("""
        CREATE TABLE users (
            user_id TEXT NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 100),
            first_seen REAL NOT NULL,
            last_seen REAL NOT NULL CHECK (last_seen >= first_seen)
        ) STRICT, WITHOUT ROWID
    """)
