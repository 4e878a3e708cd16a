"""Migrations: in order, once, whole or not at all, and never backwards."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

import xr
from xr.errors import StoreError
from xr.store import schema
from xr.store.sqlite import migrate

ROOT = Path(xr.__file__).parent.parent


def _step(number: int, body: str, name: str | None = None) -> str:
    name = name or f"{number:04}_step"
    return (
        "import os, signal\n"
        "from sqlite_utils import Database, Migrations\n"
        "migrations = Migrations('xr')\n"
        f"@migrations(name='{name}')\n"
        f"def step(db: Database) -> None:\n    {body}\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten steps of which each needs the one before; the others' names sort in between."""
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "0001_step.py").write_text(_step(1, "db.execute('CREATE TABLE t (c0)')"))
    for number in range(2, 11):
        body = f"db.execute('ALTER TABLE t RENAME c{number - 2} TO c{number - 1}')"
        (steps / f"{number:04}_step.py").write_text(_step(number, body))
    (steps / "README.md").write_text("not a step")
    (steps / "helper.py").write_text("raise AssertionError('not a step')")
    return steps


def test_steps_run_in_the_order_of_their_names_and_once(folder: Path) -> None:
    with closing(Database(memory=True)) as db:
        steps = schema.load_migrations(folder)
        names = [f"{number:04}_step" for number in range(1, 11)]
        assert list(steps) == names
        assert schema.apply(db, steps) == names
        assert schema.apply(db, steps) == []
        assert [column.name for column in db.table("t").columns] == ["c9"]


def test_a_new_step_is_applied_to_an_old_database(folder: Path) -> None:
    with closing(Database(memory=True)) as db:
        schema.apply(db, schema.load_migrations(folder))
        (folder / "0011_step.py").write_text(_step(11, "db.execute('ALTER TABLE t ADD d')"))
        assert schema.apply(db, schema.load_migrations(folder)) == ["0011_step"]
        assert [column.name for column in db.table("t").columns] == ["c9", "d"]


def test_a_step_that_fails_leaves_no_trace(folder: Path) -> None:
    (folder / "0011_step.py").write_text(
        _step(11, "db.execute('CREATE TABLE half (a)'); db.execute('nonsense')")
    )
    with closing(Database(memory=True)) as db:
        with pytest.raises(sqlite3.OperationalError, match="nonsense"):
            schema.apply(db, schema.load_migrations(folder))
        assert "half" not in db.table_names()
        assert list(schema.load_migrations(folder)["0011_step"].pending(db)) != []


def test_a_migration_killed_in_the_middle_works_when_run_again(
    folder: Path, database: Path
) -> None:
    body = (
        "db.execute('CREATE TABLE half (a)'); db.execute('INSERT INTO half VALUES (1)'); "
        "'XR_TEST_KILL' in os.environ and os.kill(os.getpid(), signal.SIGKILL)"
    )
    (folder / "0011_step.py").write_text(_step(11, body))
    program = (
        "import sys; from pathlib import Path; from sqlite_utils import Database\n"
        "from xr.store import schema\n"
        "schema.apply(Database(sys.argv[1]), schema.load_migrations(Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, str(database), str(folder)]
    environment = {**os.environ, "XR_TEST_KILL": "1"}
    first = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    assert first.returncode == -signal.SIGKILL
    subprocess.run(command, cwd=ROOT, check=True)
    with closing(Database(database)) as db:
        assert list(db.query("SELECT * FROM half")) == [{"a": 1}]
        assert list(db.query("PRAGMA integrity_check")) == [{"integrity_check": "ok"}]


def test_a_database_from_a_newer_version_is_refused_and_left_alone(database: Path) -> None:
    migrate(database)
    with closing(sqlite3.connect(database)) as later, later:
        later.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('xr', '0099_teleporters', 'some day')"
        )
    before = database.read_bytes()
    with pytest.raises(StoreError, match=r"newer version of xr \(it has 0099_teleporters\)"):
        migrate(database)
    assert database.read_bytes() == before


def test_other_programs_migrations_are_no_business_of_ours(database: Path) -> None:
    with closing(sqlite3.connect(database)) as other, other:
        other.execute(
            "CREATE TABLE _sqlite_migrations"
            " (id INTEGER PRIMARY KEY, migration_set TEXT, name TEXT, applied_at TEXT)"
        )
        other.execute("INSERT INTO _sqlite_migrations VALUES (1, 'theirs', '0099_x', 'today')")
    assert migrate(database) == list(schema.load_migrations())


def test_a_database_with_other_tables_of_our_names_is_left_alone(database: Path) -> None:
    with closing(sqlite3.connect(database)) as other, other:
        other.execute("CREATE TABLE rooms (number INTEGER)")
    with pytest.raises(StoreError, match="table rooms already exists"):
        migrate(database)
    with closing(Database(database)) as db:
        assert [column.name for column in db.table("rooms").columns] == ["number"]
        assert "poses" not in db.table_names()


def test_an_installation_without_migrations_is_called_incomplete(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="installation is not complete"):
        schema.load_migrations(tmp_path)


def test_migrations_are_found_in_a_checkout_and_in_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert schema.migrations_folder() == ROOT / "migrations"
    monkeypatch.setattr(schema, "PACKAGE", tmp_path)
    (tmp_path / "_migrations").mkdir()
    assert schema.migrations_folder() == tmp_path / "_migrations"


def test_every_migration_is_named_as_its_file_and_no_number_stands_twice() -> None:
    with closing(Database(memory=True)) as db:
        steps = schema.load_migrations()
        for name, step in steps.items():
            assert [pending.name for pending in step.pending(db)] == [name]
        assert len({name.partition("_")[0] for name in steps}) == len(steps)


def test_every_table_is_strict(database: Path) -> None:
    migrate(database)
    with closing(Database(database)) as db:
        tables = {row["name"]: row["strict"] for row in db.query("PRAGMA table_list")}
        assert {"rooms", "components", "poses", "users"} <= tables.keys()
        ours = tables.keys() - {"_sqlite_migrations", "sqlite_schema", "sqlite_temp_schema"}
        assert all(tables[name] for name in ours)


def test_rooms_with_poses_count_as_entered_from_now_on() -> None:
    with closing(Database(memory=True)) as db:
        steps = schema.load_migrations()
        schema.apply(db, {name: step for name, step in steps.items() if name < "0005"})
        for room_id in ("known", "empty"):
            db.execute(
                "INSERT INTO rooms (room_id, name, created_at) VALUES (?, 'x', 1)", [room_id]
            )
        db.execute("INSERT INTO poses SELECT 'known', 'ann', 0, 0, 0, 0, 0, 0, 1, NULL, NULL, 5.0")
        schema.apply(db, steps)
        rows = db.execute("SELECT room_id, entered_at FROM rooms ORDER BY room_id").fetchall()
        assert rows == [("empty", None), ("known", 5.0)]


def test_the_makers_of_the_rooms_there_are_become_their_owners() -> None:
    with closing(Database(memory=True)) as db:
        steps = schema.load_migrations()
        schema.apply(db, {name: step for name, step in steps.items() if name < "0008"})
        for room_id, made_by in (("anns", "ann"), ("nobodys", None)):
            db.execute(
                "INSERT INTO rooms (room_id, name, created_at, made_by) VALUES (?, 'x', 1, ?)",
                [room_id, made_by],
            )
        schema.apply(db, steps)
        rows = db.execute("SELECT room_id, user_id, role, muted, bar FROM standings").fetchall()
        assert rows == [("anns", "ann", "owner", 0, None)]


def test_a_database_in_use_is_copied_before_it_is_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    database = tmp_path / "xr.db"
    steps = schema.load_migrations()
    oldest = dict(list(steps.items())[:2])
    with closing(Database(sqlite3.connect(database))) as db:
        schema.apply(db, oldest)
        db.execute("INSERT INTO rooms VALUES ('old', 'Old room', 0, 1.0)")
        db.conn.commit()
    assert migrate(database) == list(steps)[2:]
    copy = tmp_path / f"xr.db.before-{list(steps)[2]}"
    with closing(Database(sqlite3.connect(copy))) as db:
        assert schema.pending(db, steps) == list(steps)[2:]
        assert [row["name"] for row in db["rooms"].rows] == ["Old room"]
    assert f"copy={copy}" in caplog.text
    assert migrate(database) == []
    migrate(tmp_path / "new.db")
    assert [path.name for path in tmp_path.glob("*before*")] == [copy.name], "a new one has no past"
