"""Rooms and what stands in them: one row per component of an entity."""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


@migrations(name="0001_rooms")
def rooms(db: Database) -> None:
    """Make ``rooms`` and ``components``."""
    db.execute("""
        CREATE TABLE rooms (
            room_id TEXT NOT NULL PRIMARY KEY CHECK (length(room_id) BETWEEN 1 AND 100),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
            always_spawn INTEGER NOT NULL DEFAULT 0 CHECK (always_spawn IN (0, 1)),
            created_at REAL NOT NULL
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE components (
            room_id TEXT NOT NULL REFERENCES rooms ON DELETE CASCADE,
            entity_id TEXT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL CHECK (json_valid(value)),
            PRIMARY KEY (room_id, entity_id, name)
        ) STRICT, WITHOUT ROWID
    """)
