"""A server starts on a database of an early version: it says so, keeps a copy, loses no place."""

import sqlite3
from contextlib import closing
from pathlib import Path

import trio
from sqlite_utils import Database

from tests.faults.clients import assert_no_fault, crowd, enter
from tests.serving.process import launched
from xr.store import schema

EARLY = 3
"""Migrations that the early version knew: rooms, poses, users."""
PLACE = (12.5, 1.75, -3.0)
SECONDS = 60


def make_early(database: Path, user_id: str) -> list[str]:
    """A database of the early version in which somebody stood; the names of the later steps."""
    steps = list(schema.load_migrations().items())
    with closing(Database(database)) as db:
        schema.apply(db, dict(steps[:EARLY]))
        db.table("rooms").insert({"room_id": "hall", "name": "Hall", "created_at": 1.0})
        rotation = {f"rotation_{axis}": float(axis == "w") for axis in "xyzw"}
        x, y, z = PLACE
        pose = {"room_id": "hall", "user_id": user_id, "x": x, "y": y, "z": z, **rotation}
        db.table("poses").insert({**pose, "updated_at": 4e9})
        db.conn.commit()
    return [name for name, _ in steps[EARLY:]]


async def test_an_update_says_so_keeps_a_copy_and_everybody_their_place(tmp_path: Path) -> None:
    database, user_id = tmp_path / "xr.db", "user0001"
    later = make_early(database, user_id)
    with trio.fail_after(SECONDS), launched(tmp_path) as server:
        (walker,) = crowd(server, ["hall"], 1)
        assert walker.user_id == user_id
        async with trio.open_nursery() as nursery:
            await enter(nursery, [walker])
            nursery.cancel_scope.cancel()
        assert walker.place == PLACE
        told = server.log
        assert told.index("database.migrating") < told.index("server.started")
        assert f"steps={','.join(later)}" in told
        assert_no_fault(server)
    copy = tmp_path / f"xr.db.before-{later[0]}"
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT user_id, x, y, z FROM poses").fetchall() == [(user_id, *PLACE)]
        assert db.execute("SELECT count(*) FROM _sqlite_migrations").fetchone() == (EARLY,)
