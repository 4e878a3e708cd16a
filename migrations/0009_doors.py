"""The options of each room, who was let in by its password, and its invites.

``password`` is an argon2id hash, ``password_epoch`` the number of changes of it; ``let_in`` has who
gave the password of which epoch. Times are unix seconds. The index finds the rooms that somebody
was in; a pose that changes does not touch it.
"""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")

_WHO = "CHECK ({} IN ('everybody', 'members', 'moderators'))"
_COLUMNS = (
    "listed INTEGER NOT NULL DEFAULT 1 CHECK (listed IN (0, 1))",
    "locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1))",
    "password TEXT",
    "password_epoch INTEGER NOT NULL DEFAULT 0",
    "capacity INTEGER CHECK (capacity BETWEEN 1 AND 65535)",
    f"who_may_build TEXT NOT NULL DEFAULT 'members' {_WHO.format('who_may_build')}",
    f"who_may_speak TEXT NOT NULL DEFAULT 'everybody' {_WHO.format('who_may_speak')}",
    "voice INTEGER NOT NULL DEFAULT 1 CHECK (voice IN (0, 1))",
)


@migrations(name="0009_doors")
def doors(db: Database) -> None:
    """Add the options to ``rooms``, and make ``let_in`` and ``invites``. Old rooms stay listed."""
    for column in _COLUMNS:
        db.execute(f"ALTER TABLE rooms ADD COLUMN {column}")
    db.execute("""
        CREATE TABLE let_in (
            room_id TEXT NOT NULL REFERENCES rooms ON DELETE CASCADE,
            user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 100),
            epoch INTEGER NOT NULL,
            PRIMARY KEY (room_id, user_id)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE invites (
            room_id TEXT NOT NULL REFERENCES rooms ON DELETE CASCADE,
            invite_id TEXT NOT NULL CHECK (length(invite_id) BETWEEN 1 AND 100),
            role TEXT NOT NULL CHECK (role IN ('guest', 'member', 'moderator', 'owner')),
            made_by TEXT,
            made_at REAL NOT NULL,
            expires_at REAL,
            PRIMARY KEY (room_id, invite_id)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX poses_by_user ON poses (user_id, room_id)")
