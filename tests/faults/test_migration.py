"""Migrations killed at any moment work when run again; a newer database is left alone."""

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import trio
from sqlite_utils import Database

from tests.faults.figures import Figures
from tests.faults.test_second import start_another
from xr.store import schema
from xr.store.sqlite import migrate

NEWER = "0099_teleporters"
LATEST = 0.005
"""Seconds after its first write within which a migration is killed."""
_SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"


async def check_killed_migration(folder: Path, rounds: int, seed: int = 9) -> Figures:
    """``xr migrate`` is killed soon after it has begun to write, and run again to its end."""
    rng = random.Random(seed)
    fresh = folder / "fresh.db"
    names = migrate(fresh)
    old = folder / "old.db"
    make_old(old)
    killed = in_the_middle = 0
    for number in range(rounds):
        database = folder / f"round{number}.db"
        if number % 2:
            shutil.copyfile(old, database)
        killed += start_and_kill(database, rng.random() * LATEST)
        in_the_middle += 0 < len(applied(database)) < len(names)
        await trio.to_thread.run_sync(migrate, database)
        assert applied(database) == names
        assert ask(database, _SCHEMA) == ask(fresh, _SCHEMA)
        assert ask(database, "PRAGMA integrity_check") == [("ok",)]
        assert ask(database, "SELECT name FROM rooms") == [("old",)] * (number % 2)
    assert killed, "no migration was killed before its end"
    return {"rounds": rounds, "killed before the end": killed, "between steps": in_the_middle}


def make_old(database: Path) -> None:
    """A database of the first version, with a room in it."""
    first = dict(list(schema.load_migrations().items())[:1])
    with closing(Database(database)) as db:
        schema.apply(db, first)
        db.execute("INSERT INTO rooms (room_id, name, created_at) VALUES ('a', 'old', 0)")
        db.conn.commit()


def start_and_kill(database: Path, delay: float) -> bool:
    """Whether the migration was killed before it ended by itself."""
    log = database.with_name(f"{database.name}-wal")
    command = [sys.executable, "-m", "xr", "migrate", "--create", "--database", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        while process.poll() is None and not (log.exists() and log.stat().st_size):
            pass  # nothing else would be quick enough
        moment = time.monotonic() + delay
        while time.monotonic() < moment:
            pass
        process.kill()
    return process.returncode != 0


def applied(database: Path) -> list[str]:
    """The names of the migrations that were applied, as noted in the database."""
    if not ask(database, "SELECT 1 FROM sqlite_schema WHERE name = '_sqlite_migrations'"):
        return []
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'xr' ORDER BY name"
    return [str(name) for (name,) in ask(database, sql)]


def ask(database: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as db:
        return db.execute(sql).fetchall()


async def check_newer_database(folder: Path) -> Figures:
    """A server does not start on a database that a later version has changed, and says so."""
    database = folder / "xr.db"
    migrate(database)
    with closing(sqlite3.connect(database)) as later, later:
        later.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            f" VALUES ('xr', '{NEWER}', 'some day')"
        )
    before = database.read_bytes()
    code, said = await start_another(database)
    assert code not in (0, None)
    assert f"newer version of xr (it has {NEWER})" in said, said
    assert "upgrade xr, or restore a backup" in said, said
    assert "Traceback" not in said, said
    assert database.read_bytes() == before
    return {"exit code": code, "said": said.strip().splitlines()[-1]}


async def test_a_killed_migration_works_when_run_again(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_killed_migration(tmp_path, rounds=4)
    assert figures["rounds"] == 4


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_newer_database(tmp_path)
    assert figures["exit code"] == 1
