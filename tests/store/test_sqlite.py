"""A store in a file: it lasts, can be locked, full, broken or replaced, and works in a thread."""

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import trio
from sqlite_utils import Database

from tests.clock import Clock
from tests.store.examples import ENTITIES, KNEELING, STANDING, WAVING, crowd
from xr.errors import StoreError
from xr.rooms.tenure import Tenure
from xr.store import schema
from xr.store.copying import backup
from xr.store.faults import explained
from xr.store.lock import acquire
from xr.store.sqlite import migrate, open_store
from xr.store.tables import save_poses

USERS = "SELECT user_id, first_seen, last_seen FROM users ORDER BY user_id"


def _ask(database: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


def _damage(database: Path) -> None:
    content = bytearray(database.read_bytes())
    half = len(content) // 2  # poses lie there, and the schema lies before
    content[half:] = b"\xff" * (len(content) - half)
    database.write_bytes(content)


async def test_everything_is_there_after_a_restart(database: Path) -> None:
    async with open_store(database) as store:
        room_id = await store.create_room("Tea house", ENTITIES)
        await store.save_options(Tenure(room_id), {"always_spawn": True})
        await store.save_poses(Tenure(room_id), {"ann": WAVING})
        before = await store.load_room(room_id)
    async with open_store(database) as store:
        assert await store.load_room(room_id) == before
        assert await store.poses(room_id) == {"ann": WAVING}


async def test_the_promised_columns_are_there_for_other_programs(
    database: Path, clock: Clock
) -> None:
    async with open_store(database, now=clock) as store:
        room_id = await store.create_room("x", {})
        await store.save_poses(Tenure(room_id), {"ann": STANDING})
        assert _ask(database, "SELECT room_id, user_id, x, y, z, updated_at FROM poses") == [
            (room_id, "ann", *STANDING.position, clock.time)
        ]
    key = "SELECT name FROM pragma_table_info('poses') WHERE pk > 0 ORDER BY pk"
    assert _ask(database, key) == [("room_id",), ("user_id",)]


async def test_users_are_noted_and_forgotten(database: Path, clock: Clock) -> None:
    start = clock.time
    async with open_store(database, now=clock) as store:
        room_id = await store.create_room("x", {}, made_by="dan")
        assert _ask(database, USERS) == []
        await store.save_poses(Tenure(room_id), {"ann": STANDING})
        clock.time += 3600
        await store.save_poses(Tenure(room_id), {"ann": STANDING, "ben": STANDING})
        clock.time += 3599  # once an hour is enough
        await store.save_poses(Tenure(room_id), {"ann": STANDING})
        clock.time -= 86_400  # a clock that is set back takes nothing back
        await store.save_poses(Tenure(room_id), {"ann": STANDING, "ben": STANDING})
        assert _ask(database, USERS) == [
            ("ann", start, start + 3600),
            ("ben", start + 3600, start + 3600),
        ]
        await store.forget_pose("ann", "nowhere")
        assert len(_ask(database, USERS)) == 2
        await store.forget_user("ann")
        assert _ask(database, USERS) == [("ben", start + 3600, start + 3600)]


async def test_users_go_with_age_unless_a_pose_of_theirs_stays(
    database: Path, clock: Clock
) -> None:
    async with open_store(database, now=clock) as store:
        room_id = await store.create_room("x", {})
        await store.save_poses(Tenure(room_id), {"ann": STANDING, "ben": STANDING})
        clock.time += 100
        await store.save_poses(Tenure(room_id), {"ben": STANDING})
        assert await store.forget_older_than(50) == 1
        assert [row[0] for row in _ask(database, USERS)] == ["ben"]


@pytest.mark.parametrize(("setting", "number"), [("NORMAL", 1), ("FULL", 2)])
async def test_the_connection_is_set_up(database: Path, setting: str, number: int) -> None:
    async with open_store(database, setting) as store:
        expected = {
            "journal_mode": "wal",
            "synchronous": number,
            "foreign_keys": 1,
            "journal_size_limit": 16 * 1024 * 1024,
            "busy_timeout": 250,
        }
        for pragma, value in expected.items():
            rows = await store.run(lambda db, name: list(db.execute(f"PRAGMA {name}")), pragma)
            assert rows == [(value,)], pragma


@pytest.mark.timing
async def test_a_locked_database_fails_soon_and_works_again_afterwards(database: Path) -> None:
    async with open_store(database) as store:
        room_id = await store.create_room("x", {})
        with closing(sqlite3.connect(database)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with trio.fail_after(3):
                with pytest.raises(StoreError, match="locked by another program"):
                    await store.save_poses(Tenure(room_id), {"ann": STANDING})
                with pytest.raises(StoreError, match="locked by another program"):
                    await store.check()
            assert (await store.load_visit(room_id, "ann")).pose is None  # reading goes on
            other.rollback()
        await store.save_poses(Tenure(room_id), {"ann": STANDING})
        await store.check()
        assert (await store.load_visit(room_id, "ann")).pose == STANDING


async def test_a_full_disk_keeps_what_was_there_and_room_makes_it_work_again(
    database: Path,
) -> None:
    async with open_store(database) as store:
        room_id = await store.create_room("x", {})
        await store.save_poses(Tenure(room_id), {"user-00000": KNEELING})
        await store.run(lambda db: db.execute("PRAGMA max_page_count = 20"))
        with pytest.raises(StoreError, match="the disk is full"):
            await store.save_poses(Tenure(room_id), crowd(2000))
        assert await store.poses(room_id) == {"user-00000": KNEELING}
        await store.run(lambda db: db.execute("PRAGMA max_page_count = 10000"))
        await store.save_poses(Tenure(room_id), crowd(2000))
        assert await store.poses(room_id) == crowd(2000)
    assert _ask(database, "PRAGMA integrity_check") == [("ok",)]


async def test_the_log_is_cut_when_a_long_reader_has_gone(database: Path) -> None:
    log = database.with_name("xr.db-wal")
    async with open_store(database) as store:
        room_id = await store.create_room("x", {})
        await store.run(lambda db: db.execute("PRAGMA journal_size_limit = 100000"))
        with closing(sqlite3.connect(database)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM rooms").fetchall()
            for _ in range(30):
                await store.save_poses(Tenure(room_id), crowd(2000))
            assert log.stat().st_size > 5_000_000  # the reader needs the old pages
        for _ in range(2):
            await store.save_poses(Tenure(room_id), crowd(100))
        assert log.stat().st_size < 200_000


async def test_into_a_file_that_was_deleted_or_replaced_nothing_is_written(
    database: Path, tmp_path: Path
) -> None:
    async with open_store(database) as store:
        room_id = await store.create_room("Hall", {})
        writes = (
            partial(store.save_poses, Tenure(room_id), {"ann": STANDING}),
            partial(store.create_room, "Attic", {}),
            partial(store.delete_room, room_id),
            partial(store.forget_user, "ann"),
            store.check,
            store.check_place,
        )
        moved = tmp_path / "moved.db"
        os.rename(database, moved)
        for write in writes:
            with pytest.raises(StoreError, match="deleted or moved while it was open"):
                await write()
        assert await store.load_room(room_id) is not None  # whoever is here may go on looking
        shutil.copyfile(moved, database)
        for write in writes:
            with pytest.raises(StoreError, match="replaced while it was open"):
                await write()
        os.replace(moved, database)  # put back, it is as good as ever
        await store.check()
        await store.save_poses(Tenure(room_id), {"ann": STANDING})


async def test_cancelled_while_waiting_a_save_never_starts_and_once_started_it_ends(
    database: Path,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(db: Database, room: str) -> None:
        begun.set()
        go_on.wait(timeout=10)
        save_poses(db, room, [("ann", STANDING)], 0.0)

    async with open_store(database) as store:
        room_id = await store.create_room("x", {})
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.run, slow, room_id)
            await trio.to_thread.run_sync(begun.wait, 10)
            nursery.start_soon(store.save_poses, Tenure(room_id), {"ben": STANDING})
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
            go_on.set()
        assert await store.poses(room_id) == {"ann": STANDING}


async def test_the_batch_is_copied_before_the_first_await(database: Path) -> None:
    async with open_store(database) as store:
        room_id = await store.create_room("x", {})
        batch = {"ann": STANDING}
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.save_poses, Tenure(room_id), batch)
            await trio.testing.wait_all_tasks_blocked()
            batch.clear()
        assert await store.poses(room_id) == {"ann": STANDING}


async def _cannot_open(path: Path, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        async with open_store(path):
            pytest.fail("it was opened")


async def test_what_cannot_be_opened_is_said_in_words(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no database at all, just a text that is long enough" * 10)
    await _cannot_open(text, "not an SQLite database")
    await _cannot_open(tmp_path, "it is a folder")
    await _cannot_open(tmp_path / "missing" / "xr.db", "there is no folder .*missing")
    await _cannot_open(text / "xr.db", "there is no folder")
    assert text.read_text().startswith("no database at all")


async def test_a_damaged_file_is_called_damaged(database: Path) -> None:
    async with open_store(database) as store:
        room_id = await store.create_room("x", {})
        await store.save_poses(Tenure(room_id), crowd(3000))
    _damage(database)
    async with open_store(database) as store:
        with pytest.raises(StoreError, match="damaged; restore a backup"):
            await store.poses(room_id)
    with pytest.raises(StoreError, match="damaged"):
        backup(database, database.with_name("copy.db"))
    assert "copy.db" not in os.listdir(database.parent)


async def test_a_file_that_may_not_be_written_is_said_so(database: Path) -> None:
    async with open_store(database) as store:
        await store.run(lambda db: db.execute("PRAGMA query_only = on"))
        with pytest.raises(StoreError, match="it may not be written"):
            await store.create_room("x", {})


async def test_text_that_cannot_be_stored_is_refused(database: Path) -> None:
    async with open_store(database) as store:
        room_id = await store.create_room("x", {})
        with pytest.raises(StoreError, match="cannot be stored"):
            await store.save_poses(Tenure(room_id), {"\ud800": STANDING})


async def test_a_backup_while_the_server_writes_is_one_moment_in_one_file(
    database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    async with open_store(database) as store:
        room_id = await store.create_room("x", ENTITIES)
        await store.save_poses(Tenure(room_id), crowd(500))
        backup(database, copy)
        await store.save_poses(Tenure(room_id), {"late": STANDING})
    assert _ask(copy, "PRAGMA journal_mode") == [("delete",)]
    assert sorted(os.listdir(tmp_path)) == ["copy.db", "xr.db"]
    async with open_store(copy) as restored:
        assert await restored.poses(room_id) == crowd(500)
        room = await restored.load_room(room_id)
        assert room is not None
        assert room.entities == ENTITIES


async def test_a_backup_overwrites_nothing_and_leaves_nothing_half_done(
    database: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="there is no database"):
        backup(database, tmp_path / "copy.db")
    async with open_store(database):
        pass
    for taken in (database, tmp_path):
        with pytest.raises(StoreError, match="exists already"):
            backup(database, taken)
    with pytest.raises(StoreError, match="no folder"):
        backup(database, tmp_path / "missing" / "copy.db")
    text = tmp_path / "notes.txt"
    text.write_text("not a database" * 100)
    with pytest.raises(StoreError, match="not an SQLite database"):
        backup(text, tmp_path / "copy.db")
    assert sorted(os.listdir(tmp_path)) == ["notes.txt", "xr.db"]


async def test_migrate_says_what_it_did_and_keeps_off_a_running_server(database: Path) -> None:
    with acquire(database) as held:
        held.publish("http://127.0.0.1:8000")
        with pytest.raises(StoreError, match=r"in use by the server at http://127\.0\.0\.1:8000"):
            migrate(database)
        assert os.listdir(database.parent) == ["xr.db.lock"]
    assert migrate(database) == list(schema.load_migrations())
    assert migrate(database) == []
    async with open_store(database) as store:
        assert await store.list_rooms() == []


def test_why_a_file_cannot_be_opened_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def complaint(path: Path) -> str:
        with pytest.raises(StoreError) as caught, explained(path):
            sqlite3.connect(tmp_path / "missing" / "xr.db")
        return str(caught.value)

    there = tmp_path / "xr.db"
    assert "it cannot be made in" in complaint(there)
    there.touch()
    assert "it cannot be opened" in complaint(there)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "there is no permission to read it" in complaint(there)
