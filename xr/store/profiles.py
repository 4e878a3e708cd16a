"""The table of profiles: plain functions, called in the writer thread."""

from collections.abc import Mapping

import msgspec
from sqlite_utils import Database

from xr.profile import Profile


def save(db: Database, profiles: Mapping[str, Profile]) -> None:
    """Upsert all profiles, or none."""
    with db.atomic():
        db.conn.executemany(
            "INSERT INTO profiles (user_id, name, color, avatar) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (user_id) DO UPDATE SET"
            " name = excluded.name, color = excluded.color, avatar = excluded.avatar",
            [(user_id, *msgspec.structs.astuple(each)) for user_id, each in profiles.items()],
        )


def forget(db: Database, user_id: str) -> None:
    """Delete the user's profile."""
    db.execute("DELETE FROM profiles WHERE user_id = ?", (user_id,))


def forget_strangers(db: Database) -> None:
    """Delete the profiles of users of whom nothing else is known."""
    db.execute("DELETE FROM profiles WHERE user_id NOT IN (SELECT user_id FROM users)")
