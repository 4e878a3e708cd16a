"""The key that signs cookies and tokens: a setting, or a file beside the database."""

import contextlib
import hashlib
import logging
import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from xr.errors import StoreError
from xr.settings import Settings
from xr.store.copying import open_to_read
from xr.store.faults import explained
from xr.store.ownership import give_to_folder

_SHORTEST = 16  # characters, as for the setting
_log = logging.getLogger(__name__)


def load_secret(settings: Settings) -> str:
    """The secret of the settings, else the file's, which is made if there is none.

    Raises:
        StoreError: the file cannot be read or made, holds no secret, or is missing though the
            database has users whom it signed.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    path = secret_file(settings.database)
    with explained(path):
        if not path.exists():
            refuse_if_lost(settings.database)
            _make(path)
            _log.info("secret.made path=%s: keep it with each copy of the database", path)
        mode = path.stat().st_mode & 0o777
    text = read_secret(path)
    if mode & 0o077:
        _log.warning("secret.readable path=%s mode=%o: others may read it", path, mode)
    return text


def read_secret(path: Path) -> str:
    """The secret in a file.

    Raises:
        StoreError: the file cannot be read, or holds no secret.
    """
    with explained(path):
        text = path.read_text(encoding="ascii", errors="replace").strip()
    if len(text) < _SHORTEST:
        raise StoreError(
            f"{path} holds no secret: restore it, or delete it, which ends every visitor's identity"
        )
    return text


def strangers(database: Path, secret: str) -> int:
    """How many users of the database another key than this one signed.

    Raises:
        StoreError: the database cannot be read.
    """
    with explained(database), closing(open_to_read(database)) as db:
        known, users = _look(db)
    return users if known not in (0, _mark(secret)) else 0


def remember_secret(database: Path, secret: str) -> None:
    """Note in the database which key its users have, and warn if it was another until now.

    Raises:
        StoreError: the database cannot be used.
    """
    with explained(database), closing(sqlite3.connect(database)) as db:
        known, users = _look(db)
        mark = _mark(secret)
        if known not in (0, mark) and users:
            _log.warning(
                "secret.changed users=%d: all of them are strangers now; bring back the key from "
                "the backup if that was not meant",
                users,
            )
        if known != mark:
            db.execute(f"PRAGMA user_version = {mark}")


def copy_secret(settings: Settings, destination: Path) -> Path | None:
    """Copy the key beside a copy of the database; None if the key is a setting.

    Raises:
        StoreError: there is such a file already, or the copy cannot be made.
    """
    source, target = secret_file(settings.database), secret_file(destination)
    if settings.secret_key is not None or not source.exists():
        return None
    with explained(target):
        if target.exists() and target.read_bytes() != source.read_bytes():
            raise StoreError(f"{target} exists already: name a new file")
        target.touch(0o600)
        target.write_bytes(source.read_bytes())
        give_to_folder(target)
    return target


def secret_file(database: Path) -> Path:
    """The file of the key beside a database."""
    return Path(f"{database.resolve()}.secret")


def refuse_if_lost(database: Path) -> None:
    """Refuse to open a database without its key: all its users would become strangers.

    Raises:
        StoreError: it has users; the message says how they are brought back.
    """
    if not database.exists():
        return
    path = secret_file(database)
    with explained(database), closing(open_to_read(database)) as db:
        known, users = _look(db)
    if known and users:
        raise StoreError(
            f"{path} is missing, and the {users} users of {database} are known by that key only. "
            "Restore it from the backup, or set XR_SECRET_KEY to what it held. To make all of "
            f"them strangers on purpose: openssl rand -hex 32 > {path}; chmod 600 {path}"
        )


def _look(db: sqlite3.Connection) -> tuple[int, int]:
    """The mark of the key, or 0 if none was noted, and how many users there are."""
    (known,) = db.execute("PRAGMA user_version").fetchone()
    there = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'users'").fetchone()[0]
    return known, db.execute("SELECT count(*) FROM users").fetchone()[0] if there else 0


def _mark(secret: str) -> int:
    """A number that identifies a key and does not reveal it; it fits ``user_version``."""
    digest = hashlib.sha256(b"xr.mark" + secret.encode()).digest()
    return int.from_bytes(digest[:4]) >> 1 or 1


def _make(path: Path) -> None:
    """Write the file aside and link it into place: whole from the first moment, and never twice."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        give_to_folder(aside)
        with contextlib.suppress(FileExistsError):  # another process was quicker: its file counts
            os.link(aside, path)
    finally:
        aside.unlink()
