"""The findings about files: folder and owner, key, database and its version, disk."""

import os
import pwd
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from xr import __version__
from xr.errors import StoreError
from xr.hosting.findings import Findings, fault, good, warning
from xr.settings import Settings
from xr.store import schema
from xr.store.copying import open_to_read
from xr.store.faults import explained
from xr.store.ownership import name_of, whose
from xr.store.secret import read_secret, refuse_if_lost, secret_file, strangers

_MIB = 1024 * 1024
_LEAST_FREE = 50 * _MIB
"""Bytes below which SQLite will soon have no room for its log."""
_COPIES = 2
"""A backup and the copy before a migration: each is as large as the database."""


def service_user(settings: Settings) -> int:
    """The user as whom the server runs: the owner of the database's folder."""
    folder = settings.database.resolve().parent
    return folder.stat().st_uid if folder.is_dir() else os.geteuid()


def may_read(path: Path, user: int) -> bool:
    """Whether that user may read the file; only root can ask for somebody else."""
    if os.geteuid() != 0 or user == 0:
        return os.access(path, os.R_OK)
    try:
        entry = pwd.getpwuid(user)
    except KeyError:
        groups: Sequence[int] = ()
        group = user
    else:
        groups, group = os.getgrouplist(entry.pw_name, entry.pw_gid), entry.pw_gid
    test = ["test", "-r", str(path)]
    return not subprocess.run(
        test, cwd="/", user=user, group=group, extra_groups=groups, check=False
    ).returncode


def look_at_folder(settings: Settings) -> Findings:
    """The folder of the database is there, and only its owner may write in it."""
    folder = settings.database.resolve().parent
    if not folder.is_dir():
        yield fault(
            "folder",
            f"there is no folder {folder}",
            f"mkdir -p {folder}, and give it to the server's user; or set XR_DATABASE",
        )
        return
    status = folder.stat()
    if not os.access(folder, os.W_OK):
        yield fault("folder", f"{folder} may not be written", whose(folder))
    elif status.st_mode & 0o002:
        yield warning("folder", f"everybody may write in {folder}", f"chmod o-w {folder}")
    else:
        yield good("folder", f"{folder}, of {name_of(status.st_uid)}")


def look_at_owner(settings: Settings) -> Findings:
    """All files of the database belong to the owner of the folder."""
    database = settings.database.resolve()
    if not database.parent.is_dir():
        return
    user = service_user(settings)
    endings = ("", "-wal", "-shm", ".lock", ".secret")
    files = [path for path in (Path(f"{database}{end}") for end in endings) if path.exists()]
    others = [path for path in files if path.stat().st_uid != user]
    owner = name_of(user)
    if others:
        names = " ".join(map(str, others))
        yield fault(
            "owner",
            f"the folder belongs to {owner}, and {names} to {name_of(others[0].stat().st_uid)}",
            f"chown {owner}: {names}",
        )
    elif files:
        yield good("owner", f"the {len(files)} files of the database belong to {owner}")


def look_at_key(settings: Settings) -> Findings:
    """The key that signs identities is there, is secret, and is that of the users."""
    path, cure = secret_file(settings.database), ""
    try:
        if settings.secret_key is not None:
            key, said = settings.secret_key, "a setting: keep it with the backups"
        elif path.exists():
            key, said = read_secret(path), str(path)
            mode = path.stat().st_mode & 0o777
            if mode & 0o077:
                cure = f"chmod 600 {path}"
                said = f"others may read {path} (its mode is {mode:o})"
        else:
            refuse_if_lost(settings.database)
            yield good("key", f"{path} is made by the first start")
            return
        lost = strangers(settings.database, key) if settings.database.exists() else 0
    except StoreError as error:
        yield fault("key", str(error))
        return
    if lost:
        cure = "bring back the key from the backup"
        yield fault("key", f"it is not the one that the {lost} users are known by", cure)
    else:
        yield warning("key", said, cure) if cure else good("key", said)


def look_at_database(settings: Settings) -> Findings:
    """The database can be read, is whole, and is of a version that this program knows."""
    path = settings.database
    if not path.exists():
        yield good("database", f"{path.resolve()} is made by the first start")
        return
    try:
        with explained(path), closing(open_to_read(path)) as connection:
            yield from _look_inside(path, connection)
    except StoreError as error:
        yield fault("database", str(error), "xr restore brings back a backup")


def _look_inside(path: Path, connection: sqlite3.Connection) -> Findings:
    (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if state != "ok":
        raise StoreError(f"database {path} is damaged: {state}")
    db, steps = Database(connection, execute_plugins=False), schema.load_migrations()
    schema.refuse_newer(db, steps)
    pending = schema.pending(db, steps)
    size = path.stat().st_size / _MIB
    yield good("database", f"{path.resolve()}, {size:.1f} MiB, whole")
    if pending:
        yield warning(
            "version",
            f"xr {__version__} will bring the database up to date ({', '.join(pending)})",
            "the next start does it, after a copy of the database beside it",
        )
    else:
        yield good("version", f"xr {__version__}, database up to date ({list(steps)[-1]})")


def look_at_disk(settings: Settings) -> Findings:
    """There is room for the database's log, a backup and a copy."""
    folder = settings.database.resolve().parent
    if not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free
    size = settings.database.stat().st_size if settings.database.exists() else 0
    text = f"{free / _MIB:,.0f} MiB free in {folder}"
    if free < _LEAST_FREE:
        yield fault("disk", text, "make room: poses cannot be written when it is full")
    elif free < _LEAST_FREE + _COPIES * size:
        yield warning("disk", text, "make room for a backup and for the copy before an update")
    else:
        yield good("disk", text)
