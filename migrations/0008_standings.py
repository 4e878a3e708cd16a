"""How users stand in each room: their role, whether they are muted, and whether they are kept out.

There is no row for a plain guest. ``bar`` is JSON, ``{"why", "until", "address", "address_until"}``
with unix seconds and a keyed hash of an address, or NULL.
"""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


@migrations(name="0008_standings")
def standings(db: Database) -> None:
    """Make ``standings``. The maker of a room that there is becomes its owner."""
    db.execute("""
        CREATE TABLE standings (
            room_id TEXT NOT NULL REFERENCES rooms ON DELETE CASCADE,
            user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 100),
            role TEXT NOT NULL CHECK (role IN ('guest', 'member', 'moderator', 'owner')),
            muted INTEGER NOT NULL DEFAULT 0 CHECK (muted IN (0, 1)),
            bar TEXT CHECK (bar IS NULL OR json_valid(bar)),
            PRIMARY KEY (room_id, user_id)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute(
        "INSERT INTO standings (room_id, user_id, role)"
        " SELECT room_id, made_by, 'owner' FROM rooms WHERE made_by IS NOT NULL"
    )
