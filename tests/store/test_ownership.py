"""A command that root types leaves files that the service can use."""

import os
import re
from pathlib import Path

import pytest

from xr.errors import StoreError
from xr.settings import Settings
from xr.store.copying import backup
from xr.store.faults import explained
from xr.store.ownership import whose
from xr.store.secret import load_secret
from xr.store.sqlite import migrate


def test_what_root_makes_belongs_to_the_owner_of_the_folder(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, tuple[int, int]] = {}

    def note(path: Path, user: int, group: int) -> None:
        name = re.sub(r"\.secret\..*", ".secret", Path(path).name)  # made aside
        given[name.removesuffix(".partial")] = user, group

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", note)
    migrate(database)
    load_secret(Settings(database=database))
    backup(database, database.with_name("copy.db"))
    folder = database.parent.stat()
    owner = folder.st_uid, folder.st_gid
    assert given == dict.fromkeys(("xr.db", "xr.db.lock", "xr.db.secret", "copy.db"), owner)


def test_others_give_nothing_away(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "chown", pytest.fail)
    migrate(database)


def test_a_refusal_names_the_owner_and_the_cure(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.touch()
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    owner = whose(database)
    assert owner.startswith(f"{database} belongs to ")
    assert owner.endswith(f", and this is 54321: chown 54321 {database}")
    with pytest.raises(StoreError, match=r"Permission denied: .*: chown "), explained(database):
        raise PermissionError(13, "Permission denied", str(database))
    monkeypatch.setattr(os, "geteuid", lambda: database.stat().st_uid)
    assert "lacks the permission: chmod" in whose(database / "missing")
