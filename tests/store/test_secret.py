"""The secret: made once, kept, for its owner alone."""

import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xr.errors import StoreError
from xr.settings import Settings
from xr.store.secret import load_secret


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


def test_a_place_where_it_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        load_secret(Settings(database=tmp_path / "missing" / "xr.db"))
