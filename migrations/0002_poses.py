"""The last pose of each user in each room: metres, unit quaternions, unix seconds.

There is no index on ``updated_at``: it would make every flush slower by half (measured: 10,000
poses in 60 ms instead of 38), and forgetting by age, once a day, may well read the whole table.
"""

from sqlite_utils import Database, Migrations

migrations = Migrations("xr")


def _within(expression: str, limit: str) -> str:
    return f"coalesce({expression} BETWEEN -{limit} AND {limit}, 0)"


def _hand(column: str) -> str:
    """A hand is JSON, ``{"position": [x, y, z], "rotation": [x, y, z, w]}``, or NULL."""
    bounds = [_within(f"json_extract({column}, '$.position[{i}]')", "10000") for i in range(3)]
    bounds += [_within(f"json_extract({column}, '$.rotation[{i}]')", "1.001") for i in range(4)]
    return f"{column} TEXT CHECK ({column} IS NULL OR ({' AND '.join(bounds)}))"


@migrations(name="0002_poses")
def poses(db: Database) -> None:
    """Make ``poses``. NaN is stored as NULL, and so refused; so is infinity, by the bounds."""
    db.execute(f"""
        CREATE TABLE poses (
            room_id TEXT NOT NULL REFERENCES rooms ON DELETE CASCADE,
            user_id TEXT NOT NULL CHECK (length(user_id) BETWEEN 1 AND 100),
            x REAL NOT NULL CHECK (x BETWEEN -10000 AND 10000),
            y REAL NOT NULL CHECK (y BETWEEN -10000 AND 10000),
            z REAL NOT NULL CHECK (z BETWEEN -10000 AND 10000),
            rotation_x REAL NOT NULL CHECK (rotation_x BETWEEN -1.001 AND 1.001),
            rotation_y REAL NOT NULL CHECK (rotation_y BETWEEN -1.001 AND 1.001),
            rotation_z REAL NOT NULL CHECK (rotation_z BETWEEN -1.001 AND 1.001),
            rotation_w REAL NOT NULL CHECK (rotation_w BETWEEN -1.001 AND 1.001),
            {_hand("left_hand")},
            {_hand("right_hand")},
            updated_at REAL NOT NULL,
            PRIMARY KEY (room_id, user_id)
        ) STRICT, WITHOUT ROWID
    """)
