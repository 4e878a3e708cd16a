"""The profiles that users have chosen; who has chosen none has no row."""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


@migrations(name="0006_profiles")
def profiles(db: Database) -> None:
    """Make ``profiles``."""
    db.execute("""
        CREATE TABLE profiles (
            user_id TEXT NOT NULL PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 100),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
            color TEXT NOT NULL CHECK (length(color) = 7),
            avatar TEXT NOT NULL CHECK (length(avatar) BETWEEN 1 AND 32)
        ) STRICT, WITHOUT ROWID
    """)
