"""Maps errors of SQLite to ``StoreError``, with messages for people."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from xr.errors import StoreError, ValueRefused
from xr.store.ownership import whose

_MEANINGS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: "it is locked by another program",
    sqlite3.SQLITE_LOCKED: "it is locked by another program",
    sqlite3.SQLITE_NOTADB: "it is not an SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore a backup",
    sqlite3.SQLITE_READONLY: "it may not be written",
    sqlite3.SQLITE_PERM: "there is no permission to use it",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
}


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and the system about the database at ``path`` into ``StoreError``."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise ValueRefused(f"database {path}: a value was refused ({error})") from error
    except sqlite3.Error as error:
        raise StoreError(f"database {path}: {_meaning(error, path)} ({error})") from error
    except UnicodeEncodeError as error:
        raise ValueRefused(f"database {path}: text that cannot be stored ({error})") from error
    except PermissionError as error:
        raise StoreError(f"{error.strerror}: {whose(Path(error.filename or path))}") from error
    except OSError as error:
        raise StoreError(f"{error.filename or path}: {error.strerror or error}") from error


def _meaning(error: sqlite3.Error, path: Path) -> str:
    # The driver's own errors, such as one about a closed connection, have no code of SQLite's.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_CANTOPEN:
        return _why_closed(path)
    meaning = _MEANINGS.get(code, "SQLite failed")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return f"{meaning}; {whose(path)}"
    return meaning


def _why_closed(path: Path) -> str:
    folder = path.resolve().parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    if path.is_dir():
        return "it is a folder"
    if not path.exists():
        return f"it cannot be made in {folder}; {whose(folder)}"
    if not os.access(path, os.R_OK):
        return f"there is no permission to read it; {whose(path)}"
    return "it cannot be opened"
