"""Builds ``xr.db.example``: two furnished rooms with a few people's last poses.

``python -m tools.example_database [FILE]``. It comes out the same each time: the seeds, ids and
times are fixed. Copy it to ``xr.db`` to start with something to look at.
"""

import math
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlite_utils import Database

from xr.pose import Pose
from xr.rooms.entities import Entities
from xr.store import schema, tables
from xr.store.furniture import furnish

EXAMPLE = Path(__file__).parent.parent / "xr.db.example"
MADE = 1_767_225_600.0  # 2026-01-01 00:00 UTC, unix seconds
ROOMS = (("teahouse", "Tea house", 10), ("rooftop", "Rooftop garden", 8))  # id, name, seed
PEOPLE = ("ann", "ben", "cem")
EYES = 1.7  # metres above the ground


def build(path: Path) -> None:
    """Write the example database to ``path``, over what is there."""
    with TemporaryDirectory() as folder, closing(Database(Path(folder) / "xr.db")) as db:
        db.execute("PRAGMA foreign_keys = on")
        schema.apply(db, schema.load_migrations())
        db.execute("UPDATE _sqlite_migrations SET applied_at = '2026-01-01 00:00:00+00:00'")
        for day, (room_id, name, seed) in enumerate(ROOMS):
            moment = MADE + day * 86_400
            entities = furnish(Random(seed))
            tables.insert_room(db, room_id, name, entities, moment)
            tables.save_poses(db, room_id, list(_poses(entities).items()), moment + 3600)
        path.unlink(missing_ok=True)
        db.execute("VACUUM INTO ?", (str(path),))


def _poses(entities: Entities) -> dict[str, Pose]:
    """People in a circle of 1.5 m around the spawn point, who look at each other."""
    x, _, z = entities["spawn"]["position"]
    poses = {}
    for number, user_id in enumerate(PEOPLE):
        angle = 2 * math.pi * number / len(PEOPLE)
        # Without a turn one looks along +z; to look at the middle takes half a turn more.
        half = (angle + math.pi) / 2
        poses[user_id] = Pose(
            (round(x + 1.5 * math.sin(angle), 3), EYES, round(z + 1.5 * math.cos(angle), 3)),
            (0.0, round(math.sin(half), 6), 0.0, round(math.cos(half), 6)),
        )
    return poses


if __name__ == "__main__":
    build(Path(sys.argv[1]) if sys.argv[1:] else EXAMPLE)
