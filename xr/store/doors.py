"""Options, invites and those let in: rows of rooms. Plain functions in the thread of the store."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from xr.roles import Role
from xr.rooms.invites import Invite
from xr.rooms.options import Options, Who

COLUMNS = ", ".join(Options.__struct_fields__)
"""The columns of ``rooms`` that are options, in the order of the struct's fields."""
_FLAGS = frozenset(("listed", "locked", "always_spawn", "voice"))
_WHO = frozenset(("who_may_build", "who_may_speak"))


def options_of(row: Sequence[Any]) -> Options:
    """The options in a row of ``COLUMNS``."""
    fields = dict(zip(Options.__struct_fields__, row, strict=True))
    fields |= {name: bool(fields[name]) for name in _FLAGS}
    fields |= {name: Who(fields[name]) for name in _WHO}
    return Options(**fields)


def save_options(db: Database, room_id: str, changes: Mapping[str, Any]) -> None:
    """Write the fields that changed; those let in by an earlier password go with it."""
    assignments = ", ".join(f"{name} = ?" for name in Options.__struct_fields__ if name in changes)
    values = [changes[name] for name in Options.__struct_fields__ if name in changes]
    with db.atomic():
        db.execute(f"UPDATE rooms SET {assignments} WHERE room_id = ?", (*values, room_id))
        if "password_epoch" in changes:
            sql = "DELETE FROM let_in WHERE room_id = ? AND epoch <> ?"
            db.execute(sql, (room_id, changes["password_epoch"]))


def load_invites(db: Database, room_id: str) -> dict[str, Invite]:
    """The invites of a room by id."""
    rows = db.execute(
        "SELECT invite_id, role, made_by, made_at, expires_at FROM invites WHERE room_id = ?",
        (room_id,),
    )
    return {key: Invite(Role(role), *others) for key, role, *others in rows}


def save_invites(db: Database, room_id: str, changes: Mapping[str, Invite | None]) -> None:
    """Write new invites and remove those that are None; none where the room is gone."""
    gone = [(room_id, key) for key, invite in changes.items() if invite is None]
    new = [
        (key, each.role, each.made_by, each.made_at, each.expires_at, room_id)
        for key, each in changes.items()
        if each is not None
    ]
    with db.atomic():
        db.conn.executemany("DELETE FROM invites WHERE room_id = ? AND invite_id = ?", gone)
        db.conn.executemany(
            "INSERT OR REPLACE INTO invites"
            " (invite_id, role, made_by, made_at, expires_at, room_id)"
            " SELECT ?, ?, ?, ?, ?, room_id FROM rooms WHERE room_id = ?",
            new,
        )


def save_let_in(db: Database, room_id: str, epochs: Mapping[str, int]) -> None:
    """Note for each user the epoch of the password that they gave; nothing if the room is gone."""
    with db.atomic():
        db.conn.executemany(
            "INSERT OR REPLACE INTO let_in (user_id, epoch, room_id)"
            " SELECT ?, ?, room_id FROM rooms WHERE room_id = ?",
            [(user_id, epoch, room_id) for user_id, epoch in epochs.items()],
        )


def forget_user(db: Database, user_id: str) -> None:
    """Remove the user from those let in and from the invites they made. Within a transaction."""
    db.execute("DELETE FROM let_in WHERE user_id = ?", (user_id,))
    db.execute("UPDATE invites SET made_by = NULL WHERE made_by = ?", (user_id,))
