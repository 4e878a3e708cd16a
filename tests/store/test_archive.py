"""A backup in one archive comes back as the very database, and restoring loses nothing."""

import io
import os
import shutil
import stat
import tarfile
from pathlib import Path

import pytest

from tests.store.examples import ENTITIES, crowd
from xr.errors import StoreError
from xr.rooms.tenure import Tenure
from xr.settings import Settings
from xr.store import lock
from xr.store.archive import keep, restore
from xr.store.copying import backup
from xr.store.secret import load_secret, secret_file
from xr.store.sqlite import open_store

NOON = 1_795_867_200.0  # 2026-11-28 12:00 UTC


@pytest.fixture
def settings(database: Path) -> Settings:
    return Settings(database=database)


@pytest.fixture
async def room_id(settings: Settings) -> str:
    """A room in which a crowd stands, in a database with a key."""
    load_secret(settings)
    async with open_store(settings.database) as store:
        room_id = await store.create_room("x", ENTITIES)
        await store.save_poses(Tenure(room_id), crowd(50))
    return room_id


def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


async def test_an_archive_made_under_load_brings_everybody_back(
    settings: Settings, room_id: str, tmp_path: Path
) -> None:
    async with open_store(settings.database) as store:
        archive = keep(settings, folder(tmp_path), now=NOON)
        await store.save_poses(Tenure(room_id), crowd(60))
    assert archive.name == "xr-20261128-120000.tar"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    key = load_secret(settings)
    elsewhere = Settings(database=tmp_path / "new" / "xr.db")
    elsewhere.database.parent.mkdir()
    assert restore(elsewhere, archive) is None
    assert load_secret(elsewhere) == key
    assert stat.S_IMODE(secret_file(elsewhere.database).stat().st_mode) == 0o600
    async with open_store(elsewhere.database) as store:
        assert await store.poses(room_id) == crowd(50)
    assert sorted(os.listdir(elsewhere.database.parent)) == ["xr.db", "xr.db.lock", "xr.db.secret"]


async def test_only_the_newest_archives_stay(
    settings: Settings, room_id: str, tmp_path: Path
) -> None:
    place = folder(tmp_path)
    (place / "xr-notes.tar").touch()
    for day in range(4):
        keep(settings, place, 2, now=NOON + day * 86_400)
    names = ["xr-20261130-120000.tar", "xr-20261201-120000.tar", "xr-notes.tar"]
    assert sorted(os.listdir(place)) == names


async def test_a_database_is_replaced_only_when_told_and_can_be_had_back(
    settings: Settings, room_id: str, tmp_path: Path
) -> None:
    archive = keep(settings, folder(tmp_path), now=NOON)
    async with open_store(settings.database) as store:
        await store.save_options(Tenure(room_id), {"name": "later"})
    with pytest.raises(StoreError, match=r"xr\.db exists: say --replace"):
        restore(settings, archive)
    moved = restore(settings, archive, replace=True)
    async with open_store(settings.database) as store:
        assert (await store.list_rooms())[0].name == "x"
    assert moved is not None
    assert load_secret(Settings(database=moved)) == load_secret(settings)
    async with open_store(moved) as store:
        assert (await store.list_rooms())[0].name == "later"


async def test_logs_without_a_database_are_not_applied_to_the_restored_one(
    settings: Settings, room_id: str, tmp_path: Path
) -> None:
    archive = keep(settings, folder(tmp_path), now=NOON)
    settings.database.unlink()
    wal = f"{settings.database}-wal"
    shutil.copy(archive, wal)
    restore(settings, archive)
    assert "xr.db-wal" not in os.listdir(tmp_path)
    async with open_store(settings.database) as store:
        assert await store.poses(room_id) == crowd(50)


async def test_a_copy_in_two_files_can_be_restored_too(
    settings: Settings, room_id: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    backup(settings.database, copy)
    os.replace(secret_file(settings.database), secret_file(copy))
    key = load_secret(Settings(database=copy))
    restore(settings, copy, replace=True)
    assert load_secret(settings) == key


async def test_a_server_that_runs_keeps_its_database(
    settings: Settings, room_id: str, tmp_path: Path
) -> None:
    archive = keep(settings, folder(tmp_path), now=NOON)
    with lock.acquire(settings.database), pytest.raises(StoreError, match="is in use by"):
        restore(settings, archive, replace=True)


def tar_of(path: Path, **content: bytes) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, text in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return path


async def test_files_that_are_no_backup_change_nothing(
    settings: Settings, room_id: str, tmp_path: Path
) -> None:
    before = settings.database.read_bytes()
    text = tmp_path / "notes.txt"
    text.write_text("not a database" * 100)
    other = tar_of(tmp_path / "other.tar", readme=b"hello")
    broken = tar_of(tmp_path / "broken.tar", **{"xr.db": b"not a database" * 100})
    for path, said in (
        (tmp_path / "none.tar", "there is no backup"),
        (text, "not an SQLite database"),
        (other, "there is no xr.db in it"),
        (broken, "not an SQLite database"),
    ):
        with pytest.raises(StoreError, match=said):
            restore(settings, path, replace=True)
    assert settings.database.read_bytes() == before
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".xr-")]
