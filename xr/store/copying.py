"""The database as others than its server look at it, or copy it to one file."""

import contextlib
import os
import sqlite3
from pathlib import Path

from xr.errors import StoreError
from xr.store.faults import explained
from xr.store.ownership import give_to_folder


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open an existing database for reads only, which leave no file behind.

    Without a log nobody uses it; then SQLite is told so, else it would make a log for itself.
    """
    path = path.resolve()
    alone = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    return sqlite3.connect(f"{path.as_uri()}?mode=ro{alone}", uri=True)


def backup(path: Path, destination: Path) -> None:
    """Copy the database to a new file, also while a server writes to it.

    The copy is one moment's state and one file; it appears under its name only when it is whole.

    Raises:
        StoreError: no such database, the destination exists, or the copy failed its check.
    """
    if not path.is_file():
        raise StoreError(f"there is no database {path}")
    if destination.exists():
        raise StoreError(f"{destination} exists already: name a new file")
    partial = destination.with_name(f"{destination.name}.partial")
    with explained(destination):
        partial.unlink(missing_ok=True)
    try:
        _copy(path, partial)
        with explained(destination):
            give_to_folder(partial)
            os.replace(partial, destination)
    finally:
        partial.unlink(missing_ok=True)


def _copy(path: Path, partial: Path) -> None:
    with explained(path):
        source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)
    with contextlib.closing(source):
        with explained(path):
            source.execute("PRAGMA schema_version")  # opens it, and sees whether it is a database
        with explained(partial), contextlib.closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)  # all pages in one step: a snapshot, and writers go on
            copy.execute("PRAGMA journal_mode = delete")  # one file, readable from anywhere
            problem = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise StoreError(f"the copy of {path} is damaged: {problem}")
