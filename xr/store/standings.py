"""Rows of the table ``standings``: how users stand in a room. Plain functions in the thread."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlite_utils import Database

from xr.roles import Role
from xr.rooms.standings import PLAIN, Bar, Standing

_encode = msgspec.json.Encoder().encode
_decode_bar = msgspec.json.Decoder(Bar).decode
_UPSERT = (
    "INSERT INTO standings (room_id, user_id, role, muted, bar) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (room_id, user_id) DO UPDATE"
    " SET role = excluded.role, muted = excluded.muted, bar = excluded.bar"
)


def load_standings(db: Database, room_id: str) -> dict[str, Standing]:
    """The standings of the room by user id."""
    rows = db.execute(
        "SELECT user_id, role, muted, bar FROM standings WHERE room_id = ?", (room_id,)
    )
    return {user_id: standing_of(row) for user_id, *row in rows}


def standing_of(row: Sequence[Any]) -> Standing:
    """The standing in a row of role, muted and bar."""
    role, muted, bar = row
    return Standing(Role(role), bool(muted), _decode_bar(bar) if bar else None)


def write_standings(db: Database, room_id: str, standings: Mapping[str, Standing]) -> None:
    """Write the standings of a room that there is, within a transaction of the caller."""
    plain = [(room_id, user_id) for user_id, each in standings.items() if each == PLAIN]
    db.conn.executemany("DELETE FROM standings WHERE room_id = ? AND user_id = ?", plain)
    rows = [
        (room_id, user_id, each.role, int(each.muted), _encode(each.bar).decode())
        if each.bar
        else (room_id, user_id, each.role, int(each.muted), None)
        for user_id, each in standings.items()
        if each != PLAIN
    ]
    db.conn.executemany(_UPSERT, rows)


def forget_roles(db: Database, user_id: str) -> None:
    """Take the user's roles in all rooms; mutes and bans stay. Within a transaction."""
    db.execute("UPDATE standings SET role = 'guest' WHERE user_id = ?", (user_id,))
    db.execute(
        "DELETE FROM standings WHERE user_id = ? AND role = 'guest' AND NOT muted AND bar IS NULL",
        (user_id,),
    )
