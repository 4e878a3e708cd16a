"""Backups as one file: a tar archive of the database and the key that signs its users' identity.

``keep`` writes archives into a folder and deletes old ones; ``restore`` makes a database of one.
"""

import contextlib
import os
import re
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from xr.errors import StoreError
from xr.settings import Settings
from xr.store import lock, schema
from xr.store.copying import backup
from xr.store.faults import explained
from xr.store.ownership import give_to_folder
from xr.store.secret import secret_file

DATABASE, SECRET = "xr.db", "xr.db.secret"
"""The names of the files in an archive."""
_NAME = "xr-%Y%m%d-%H%M%S.tar"  # UTC: the names are in the order of time, also when clocks change
_PATTERN = re.compile(r"xr-\d{8}-\d{6}\.tar")
_SECRET_BYTES = 4096
_LOGS = ("-wal", "-shm")


def keep(settings: Settings, folder: Path, most: int = 0, now: float | None = None) -> Path:
    """Write an archive into the folder, also while a server runs; returns its path.

    Then only the newest ``most`` archives of this folder stay; 0 keeps all. ``now`` is unix
    seconds. The archive appears under its name only when it is whole.

    Raises:
        StoreError: there is no database, or the archive cannot be written.
    """
    path = folder / time.strftime(_NAME, time.gmtime(now))
    with explained(folder), _folder_beside(path) as aside:
        backup(settings.database, aside / DATABASE)
        partial = aside / path.name
        with tarfile.open(partial, "w") as archive:
            archive.add(aside / DATABASE, DATABASE)
            if settings.secret_key is None and secret_file(settings.database).exists():
                archive.add(secret_file(settings.database), SECRET)
        partial.chmod(0o600)  # the key is in it
        give_to_folder(partial, folder)
        os.replace(partial, path)
        if most:
            for old in _archives(folder)[:-most]:
                old.unlink()
    return path


def restore(settings: Settings, archive: Path, *, replace: bool = False) -> Path | None:
    """Make the database, and its key, from an archive or a copy of ``xr backup``.

    With ``replace`` a database that is there is moved aside, with its logs and its key; returns
    its new path.

    Raises:
        StoreError: there is a database already, a server uses it, or the archive is of no use.
    """
    database = settings.database
    if not archive.is_file():
        raise StoreError(f"there is no backup {archive}")
    with lock.acquire(database), _folder_beside(database) as aside:
        _unpack(archive, aside)
        _check(aside / DATABASE, archive)
        moved = _move_aside(database, replace)
        with explained(database):
            for name, target in ((SECRET, secret_file(database)), (DATABASE, database.resolve())):
                if (aside / name).exists():
                    give_to_folder(aside / name, target.parent)
                    os.replace(aside / name, target)
    return moved


def _archives(folder: Path) -> list[Path]:
    """The archives in the folder, the oldest first."""
    return sorted(path for path in folder.iterdir() if _PATTERN.fullmatch(path.name))


@contextlib.contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A folder of our own on the same disk, so that a file moves out of it in one step."""
    parent = path.resolve().parent
    with explained(parent):
        aside = tempfile.TemporaryDirectory(prefix=".xr-", dir=parent)
    with aside as name:
        yield Path(name)


def _unpack(source: Path, folder: Path) -> None:
    """Put the database, and the key if there is one, into the folder."""
    with explained(source):
        if not tarfile.is_tarfile(source):
            found = {DATABASE: source, SECRET: Path(f"{source}.secret")}
            for name, path in found.items():
                if path.is_file():
                    (folder / name).write_bytes(path.read_bytes())
        else:
            with tarfile.open(source) as archive:
                for name in (DATABASE, SECRET):
                    _extract(archive, name, folder)
        if (folder / SECRET).exists():
            (folder / SECRET).chmod(0o600)
        if not (folder / DATABASE).exists():
            raise StoreError(f"{source} is no backup of xr: there is no {DATABASE} in it")


def _extract(archive: tarfile.TarFile, name: str, folder: Path) -> None:
    """Copy one plain file; nothing else of an archive is looked at."""
    try:
        member = archive.getmember(name)
    except KeyError:
        return
    content = archive.extractfile(member)
    if content is None or (name == SECRET and member.size > _SECRET_BYTES):
        raise StoreError(f"{archive.name!r} is no backup of xr: {name} is no plain file")
    with content, (folder / name).open("wb") as file:
        while piece := content.read(1 << 20):
            file.write(piece)


def _check(database: Path, source: Path) -> None:
    """Refuse a database that is damaged, is another program's, or comes from a newer version."""
    with explained(source), contextlib.closing(Database(sqlite3.connect(database))) as db:
        problem = next(db.query("PRAGMA quick_check(1)"))["quick_check"]
        if problem != "ok":
            raise StoreError(f"{source} is damaged: {problem}")
        if not db["rooms"].exists():
            raise StoreError(f"{source} is no backup of xr: it has no rooms table")
        schema.refuse_newer(db, schema.load_migrations())


def _move_aside(database: Path, replace: bool) -> Path | None:
    """Free the place of the database. Logs without a database belong to none, and go."""
    place = database.resolve()
    logs = [Path(f"{place}{end}") for end in _LOGS]
    with explained(database):
        if not place.exists():
            for log in logs:
                log.unlink(missing_ok=True)
            return None
        if not replace:
            raise StoreError(
                f"{database} exists: say --replace to have the backup instead; the database is "
                "then moved aside"
            )
        aside = Path(f"{place}.{time.strftime('replaced-%Y%m%d-%H%M%S', time.gmtime())}")
        for path in (place, *logs, secret_file(place)):
            with contextlib.suppress(FileNotFoundError):
                os.rename(path, f"{aside}{path.name.removeprefix(place.name)}")
        return aside
