"""The secret: made once, kept, for its owner alone."""

import logging
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import trio

from xr.errors import StoreError
from xr.settings import Settings
from xr.store.copying import backup
from xr.store.secret import copy_secret, load_secret, remember_secret
from xr.store.sqlite import migrate, open_store


def _file(database: Path) -> Path:
    return database.with_name("xr.db.secret")


def test_the_setting_counts_and_makes_no_file(database: Path) -> None:
    settings = Settings(database=database, secret_key="chosen by the operator")
    assert load_secret(settings) == "chosen by the operator"
    assert not _file(database).exists()


def test_a_secret_is_made_once_for_its_owner_alone(database: Path) -> None:
    settings = Settings(database=database)
    secret = load_secret(settings)
    assert len(secret) >= 40
    assert load_secret(settings) == secret
    assert stat.S_IMODE(_file(database).stat().st_mode) == 0o600
    assert os.listdir(database.parent) == ["xr.db.secret"]


def test_each_database_has_its_own(tmp_path: Path) -> None:
    one, other = (Settings(database=tmp_path / name) for name in ("a.db", "b.db"))
    assert load_secret(one) != load_secret(other)


def test_many_who_make_it_at_once_end_up_with_one(database: Path) -> None:
    settings = Settings(database=database)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: load_secret(settings), range(40)))
    assert len(found) == 1
    assert os.listdir(database.parent) == ["xr.db.secret"]


def test_one_who_comes_second_takes_the_firsts(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link_too_late(source: Path, target: Path) -> None:
        Path(target).write_text("the other one's secret\n")
        raise FileExistsError(17, "File exists", str(target))

    monkeypatch.setattr(os, "link", link_too_late)
    assert load_secret(Settings(database=database)) == "the other one's secret"
    assert os.listdir(database.parent) == ["xr.db.secret"]


@pytest.mark.parametrize("content", [b"", b"short\n", b"\n" * 100])
def test_a_file_without_a_secret_is_refused(database: Path, content: bytes) -> None:
    _file(database).write_bytes(content)
    with pytest.raises(StoreError, match="holds no secret"):
        load_secret(Settings(database=database))
    assert _file(database).read_bytes() == content


def test_a_secret_that_others_may_read_is_warned_about(
    database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _file(database).write_text("a secret that everybody knows\n")
    _file(database).chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert load_secret(Settings(database=database)) == "a secret that everybody knows"
    assert "secret.readable" in caplog.text
    assert "everybody" not in caplog.text


def _with_users(database: Path, *users: str) -> None:
    migrate(database)
    with closing(sqlite3.connect(database)) as db, db:
        db.executemany("INSERT INTO users VALUES (?, 0, 0)", [(user,) for user in users])


def test_without_the_key_of_its_users_a_database_is_not_opened(database: Path) -> None:
    _with_users(database, "ann", "ben")
    settings = Settings(database=database)
    secret = load_secret(settings)  # as an example comes, whose users nobody has been yet
    remember_secret(database, secret)
    _file(database).rename(database.with_name("away"))
    with pytest.raises(StoreError, match=r"xr\.db\.secret is missing, and the 2 users .*backup"):
        load_secret(settings)
    assert not _file(database).exists()
    database.with_name("away").rename(_file(database))
    assert load_secret(settings) == secret


def test_a_database_without_users_gets_a_new_key(database: Path) -> None:
    _with_users(database)
    settings = Settings(database=database)
    remember_secret(database, load_secret(settings))
    _file(database).unlink()
    assert load_secret(settings)


def test_another_key_is_warned_about_once(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    _with_users(database, "ann")
    for secret in ("the first of two keys", "the first of two keys"):
        remember_secret(database, secret)
    assert caplog.text == ""
    for _ in range(2):
        remember_secret(database, "the second of two keys")
    assert caplog.text.count("secret.changed users=1") == 1


def test_the_mark_of_the_key_is_not_undone_by_the_probe_and_goes_into_a_copy(
    database: Path, tmp_path: Path
) -> None:
    migrate(database)
    remember_secret(database, "the first of two keys")

    async def probe() -> None:
        async with open_store(database) as store:
            await store.check()

    trio.run(probe)
    backup(database, tmp_path / "copy.db")
    for path in (database, tmp_path / "copy.db"):
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] > 0


def test_the_key_goes_with_a_copy_for_its_owner_alone(database: Path, tmp_path: Path) -> None:
    secret, copy = load_secret(Settings(database=database)), tmp_path / "copy.db"
    target = copy_secret(Settings(database=database), copy)
    assert target == tmp_path / "copy.db.secret"
    assert target.read_text().strip() == secret
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.write_text("of somebody else")
    with pytest.raises(StoreError, match="exists already"):
        copy_secret(Settings(database=database), copy)
    assert copy_secret(Settings(database=database, secret_key="x" * 16), copy) is None


def test_a_place_where_it_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        load_secret(Settings(database=tmp_path / "missing" / "xr.db"))
