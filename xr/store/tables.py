"""Queries and changes of the tables: plain functions, one transaction each, in the writer thread.

They hold no state; the thread that runs them owns the connection.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlite_utils import Database

from xr.names import room_name
from xr.pose import Placement, Pose
from xr.profile import Profile, default_profile
from xr.roles import Role
from xr.rooms.entities import Entities
from xr.rooms.protocols import ComponentChanges, RoomRecord, Visit
from xr.rooms.standings import Standing
from xr.store import chat, profiles
from xr.store.doors import COLUMNS, load_invites, options_of
from xr.store.protocol import SEEN_STEP, RoomsFull, RoomSummary, UserSummary
from xr.store.standings import load_standings, write_standings
from xr.wire.record import AnyPose, unpack

_PLACEMENT_COLUMNS = "x, y, z, rotation_x, rotation_y, rotation_z, rotation_w"
POSE_COLUMNS = f"{_PLACEMENT_COLUMNS}, left_hand, right_hand"
_UPSERT_POSE = (
    f"INSERT INTO poses (room_id, user_id, {POSE_COLUMNS}, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (room_id, user_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in f"{POSE_COLUMNS}, updated_at".split(", "))
)
_NOTE_USERS = (
    "INSERT INTO users (user_id, first_seen, last_seen)"
    " SELECT value, ?1, ?1 FROM json_each(?2) WHERE true ON CONFLICT (user_id)"
    " DO UPDATE SET last_seen = excluded.last_seen WHERE excluded.last_seen >= last_seen + ?3"
)
_encode = msgspec.json.Encoder().encode
_decode_hand = msgspec.json.Decoder(Placement).decode
_decode_roles = msgspec.json.Decoder(dict[str, Role]).decode


def load_room(db: Database, room_id: str) -> RoomRecord | None:
    """The room with its entities, or None."""
    entities: dict[str, dict[str, Any]] = {}
    with db.atomic():  # all reads see the same moment
        row = _one(db, f"SELECT {COLUMNS} FROM rooms WHERE room_id = ?", (room_id,))
        if row is None:
            return None
        for entity_id, name, value in db.execute(
            "SELECT entity_id, name, value FROM components WHERE room_id = ?", (room_id,)
        ):
            entities.setdefault(entity_id, {})[name] = msgspec.json.decode(value)
        standings = load_standings(db, room_id)
        invites = load_invites(db, room_id)
        lines = chat.load(db, room_id)
    return RoomRecord(room_id, options_of(row), entities, standings, invites, lines)


def has_room(db: Database, room_id: str) -> bool:
    """Whether there is such a room."""
    return _one(db, "SELECT 1 FROM rooms WHERE room_id = ?", (room_id,)) is not None


def list_rooms(db: Database) -> list[RoomSummary]:
    """All rooms, the newest first."""
    rows = db.execute(
        "SELECT room_id, name, created_at, made_by, (SELECT json_group_object(user_id, role)"
        " FROM standings WHERE standings.room_id = rooms.room_id AND role <> 'guest')"
        ", listed, locked OR password IS NOT NULL, (SELECT value FROM components WHERE"
        " components.room_id = rooms.room_id AND name = 'room_kind' ORDER BY entity_id LIMIT 1)"
        " FROM rooms ORDER BY created_at DESC, rowid DESC"
    )
    return [
        RoomSummary(
            room_id,
            name,
            created_at,
            made_by,
            _decode_roles(roles),
            bool(listed),
            bool(guarded),
            str(msgspec.json.decode(kind)) if kind else "",
        )
        for room_id, name, created_at, made_by, roles, listed, guarded, kind in rows
    ]


def insert_room(
    db: Database,
    room_id: str,
    name: str,
    entities: Entities,
    created_at: float,
    made_by: str | None = None,
    most: int = 0,
    listed: bool = True,
) -> None:
    """Insert a room and the components of its entities.

    Raises:
        RoomsFull: there are ``most`` rooms already; 0 is no limit.
    """
    with db.atomic():
        if most and db["rooms"].count >= most:
            raise RoomsFull(most)
        db.execute(
            "INSERT INTO rooms (room_id, name, created_at, made_by, listed) VALUES (?, ?, ?, ?, ?)",
            (room_id, room_name(name), created_at, made_by, int(listed)),
        )
        if made_by is not None:
            write_standings(db, room_id, {made_by: Standing(Role.OWNER)})
        db.conn.executemany(
            "INSERT INTO components (room_id, entity_id, name, value) VALUES (?, ?, ?, ?)",
            [
                (room_id, entity_id, component, _encode(value).decode())
                for entity_id, components in entities.items()
                for component, value in components.items()
            ],
        )


def save_standings(db: Database, room_id: str, standings: Mapping[str, Standing]) -> None:
    """Write all standings, or none; none as well when the room is gone."""
    with db.atomic():
        if has_room(db, room_id):
            write_standings(db, room_id, standings)


def list_users(db: Database, room_id: str | None) -> list[UserSummary]:
    """The users, or those with a pose in the room, the last seen first."""
    rows = db.execute(
        "SELECT user_id, first_seen, last_seen FROM users WHERE ?1 IS NULL"
        " OR user_id IN (SELECT user_id FROM poses WHERE room_id = ?1)"
        " ORDER BY last_seen DESC, user_id",
        (room_id,),
    )
    return [UserSummary(*row) for row in rows]


def delete_room(db: Database, room_id: str) -> bool:
    """Delete a room; False if there is none. Foreign keys delete its components and poses."""
    return db.execute("DELETE FROM rooms WHERE room_id = ?", (room_id,)).rowcount > 0


def delete_never_entered(
    db: Database, moment: float, spared: Collection[str], by_visitors: bool
) -> list[str]:
    """Delete the rooms made before the moment in which nobody ever was; returns their ids."""
    found = db.execute(
        "SELECT room_id FROM rooms WHERE entered_at IS NULL AND created_at <= ?"
        " AND (made_by IS NOT NULL OR NOT ?)",
        (moment, by_visitors),
    )
    room_ids = [room_id for (room_id,) in found if room_id not in spared]
    with db.atomic():
        db.conn.executemany("DELETE FROM rooms WHERE room_id = ?", [(each,) for each in room_ids])
    return room_ids


def load_visit(db: Database, room_id: str, user_id: str) -> Visit:
    """The user's stored pose in the room, if there is one, their profile, and the password that
    let them in.
    """
    row = _one(
        db,
        f"SELECT name, color, avatar, epoch, {POSE_COLUMNS} FROM (SELECT ?1 AS room, ?2 AS me)"
        " LEFT JOIN poses ON poses.room_id = room AND poses.user_id = me"
        " LEFT JOIN profiles ON profiles.user_id = me"
        " LEFT JOIN let_in ON let_in.room_id = room AND let_in.user_id = me",
        (room_id, user_id),
    )
    assert row is not None
    name, color, avatar, let_in, *pose = row
    return Visit(
        None if pose[0] is None else pose_of(pose),
        default_profile(user_id) if name is None else Profile(name, color, avatar),
        let_in,
    )


def load_poses(db: Database, room_id: str) -> dict[str, Pose]:
    """All stored poses of the room by user id."""
    sql = f"SELECT user_id, {POSE_COLUMNS} FROM poses WHERE room_id = ?"
    return {row[0]: pose_of(row[1:]) for row in db.execute(sql, (room_id,))}


def save_poses(
    db: Database, room_id: str, poses: Iterable[tuple[str, AnyPose]], updated_at: float
) -> None:
    """Upsert all poses, or none; none as well when the room is gone.

    A user exists, and a room was entered, from the first pose of a user on, which comes with their
    join. The time of the last sight is noted to the hour, so that few writes of poses write a user.
    """
    poses = list(poses)
    rows = [
        (
            room_id,
            user_id,
            *pose.position,
            *pose.rotation,
            _hand(pose.left),
            _hand(pose.right),
            updated_at,
        )
        for user_id, pose in ((user_id, unpack(packed)) for user_id, packed in poses)
    ]
    with db.atomic():
        if has_room(db, room_id):
            db.conn.executemany(_UPSERT_POSE, rows)
            users = _encode([user_id for user_id, _ in poses]).decode()
            db.execute(_NOTE_USERS, (updated_at, users, SEEN_STEP))
            db.execute(
                "UPDATE rooms SET entered_at = ? WHERE room_id = ? AND entered_at IS NULL",
                (updated_at, room_id),
            )


def save_components(db: Database, room_id: str, changes: ComponentChanges) -> None:
    """Write all changes, or none; none as well when the room is gone. Whole entities go first."""
    gone = [(room_id, entity_id) for (entity_id, name) in changes if not name]
    removed = [
        (room_id, entity_id, name)
        for (entity_id, name), value in changes.items()
        if name and value is None
    ]
    written = [
        (room_id, entity_id, name, _encode(value).decode())
        for (entity_id, name), value in changes.items()
        if value is not None
    ]
    with db.atomic():
        if not has_room(db, room_id):
            return
        where = "WHERE room_id = ? AND entity_id = ?"
        db.conn.executemany(f"DELETE FROM components {where}", gone)
        db.conn.executemany(f"DELETE FROM components {where} AND name = ?", removed)
        db.conn.executemany(
            "INSERT INTO components (room_id, entity_id, name, value) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (room_id, entity_id, name) DO UPDATE SET value = excluded.value",
            written,
        )


def forget_pose(db: Database, user_id: str, room_id: str) -> int:
    """Delete the user's pose in the room; returns the number of poses deleted."""
    sql = "DELETE FROM poses WHERE user_id = ? AND room_id = ?"
    return db.execute(sql, (user_id, room_id)).rowcount


def forget_before(db: Database, moment: float) -> int:
    """Delete poses last changed before the moment, and users of whom nothing newer is known."""
    with db.atomic():
        count = db.execute("DELETE FROM poses WHERE updated_at < ?", (moment,)).rowcount
        db.execute(
            "DELETE FROM users WHERE last_seen < ?"
            " AND user_id NOT IN (SELECT user_id FROM poses)"
            " AND user_id NOT IN (SELECT user_id FROM standings WHERE role <> 'guest')",
            (moment,),
        )
        profiles.forget_strangers(db)
        return count


def check(db: Database) -> None:
    """Read a row, and commit a write that changes nothing: the header's own version number."""
    _one(db, "SELECT room_id FROM rooms LIMIT 1", ())
    (version,) = db.execute("PRAGMA user_version").fetchone()
    db.execute(f"PRAGMA user_version = {int(version)}")


def _one(db: Database, sql: str, parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = db.execute(sql, parameters).fetchone()
    return row


def _hand(hand: Placement | None) -> str | None:
    return _encode(hand).decode() if hand else None


def pose_of(row: Sequence[Any]) -> Pose:
    """The pose in a row of ``POSE_COLUMNS``."""
    x, y, z, rx, ry, rz, rw, left, right = row
    return Pose(
        (x, y, z),
        (rx, ry, rz, rw),
        _decode_hand(left) if left else None,
        _decode_hand(right) if right else None,
    )
