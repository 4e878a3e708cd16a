"""A room of another place in SQLite: all of it in one transaction."""

from collections.abc import Mapping

import msgspec
from sqlite_utils import Database

from xr.pose import Pose
from xr.rooms.protocols import RoomRecord
from xr.store import chat, doors, tables
from xr.store.standings import write_standings


def insert(db: Database, record: RoomRecord, poses: Mapping[str, Pose], now: float) -> bool:
    """Insert the room with all that is kept of it; False where its id is taken."""
    room_id, options = record.room_id, record.options
    with db.atomic():
        if tables.has_room(db, room_id):
            return False
        tables.insert_room(db, room_id, options.name, record.entities, now)
        doors.save_options(db, room_id, msgspec.structs.asdict(options))
        write_standings(db, room_id, record.standings)
        doors.save_invites(db, room_id, record.invites)
        chat.save(db, room_id, record.lines)
        if poses:
            tables.save_poses(db, room_id, poses.items(), now)
    return True
