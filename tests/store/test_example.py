"""``xr.db.example`` is what its tool builds with the migrations as they are, and works."""

import math
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tools.example_database import EXAMPLE, build
from xr.store.schema import load_migrations
from xr.store.sqlite import migrate, open_store


def _dump(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
        return list(db.iterdump())


def _schema(database: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as db:
        return db.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_the_example_is_what_its_tool_builds(tmp_path: Path) -> None:
    rebuilt = tmp_path / "rebuilt.db"
    build(rebuilt)
    assert _dump(EXAMPLE) == _dump(rebuilt)
    build(rebuilt)
    assert _dump(EXAMPLE) == _dump(rebuilt)


def test_its_schema_is_the_migrations(tmp_path: Path) -> None:
    fresh, example = tmp_path / "fresh.db", tmp_path / "example.db"
    shutil.copyfile(EXAMPLE, example)
    assert migrate(fresh) == list(load_migrations())
    assert _schema(example) == _schema(fresh)
    assert migrate(example) == []


async def test_a_server_can_start_with_a_copy_of_it(tmp_path: Path) -> None:
    database = tmp_path / "xr.db"
    shutil.copyfile(EXAMPLE, database)
    async with open_store(database) as store:
        await store.check()
        listed = await store.list_rooms()
        assert [room.name for room in listed] == ["Rooftop garden", "Tea house"]
        for summary in listed:
            room = await store.load_room(summary.room_id)
            assert room is not None
            assert len(room.entities) >= 6
            poses = await store.poses(summary.room_id)
            assert set(poses) == {"ann", "ben", "cem"}
            for pose in poses.values():
                assert math.isclose(math.hypot(*pose.rotation), 1, abs_tol=1e-5)
