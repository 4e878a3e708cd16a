"""The lines of chat that a room keeps; ``at`` is unix milliseconds.

``name`` is the one that the user had when they wrote the line.
"""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


@migrations(name="0007_chat")
def chat(db: Database) -> None:
    """Make ``chat``."""
    db.execute("""
        CREATE TABLE chat (
            room_id TEXT NOT NULL REFERENCES rooms ON DELETE CASCADE,
            line_id TEXT NOT NULL CHECK (length(line_id) BETWEEN 1 AND 32),
            user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 100),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
            text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 500),
            at INTEGER NOT NULL,
            PRIMARY KEY (room_id, line_id)
        ) STRICT, WITHOUT ROWID
    """)
