"""Keeps a second server off a database, by a lock on a file of its own beside it.

The kernel releases the lock when its process ends, however it ends. The file stays: if it were
deleted, two servers could lock two files of the same name. The database itself is not locked, so
that backups can read it.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from xr.errors import StoreError
from xr.store.faults import explained
from xr.store.ownership import make_ours

_TRIES = 10
_PAUSE = 0.02  # seconds; ``holder`` has the lock for an instant while it looks


class Holder(msgspec.Struct, frozen=True):
    """The user of a database: the process, its start (unix seconds), and the server's address."""

    pid: int = 0
    since: float = 0.0
    url: str | None = None

    def __str__(self) -> str:
        if not self.pid:
            return "another xr"
        since = datetime.fromtimestamp(self.since).isoformat(" ", "seconds")
        where = f"the server at {self.url}" if self.url else "another xr"
        return f"{where} (process {self.pid}, since {since})"


class Lock:
    """A lock that is held. ``publish`` notes the address of its holder."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._holder = Holder(os.getpid(), time.time())
        self._write()

    def publish(self, url: str) -> None:
        """Let the command line know the address at which the server answers on this machine."""
        self._holder = msgspec.structs.replace(self._holder, url=url)
        self._write()

    def _write(self) -> None:
        text = msgspec.json.encode(self._holder) + b"\n"
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))


@contextlib.contextmanager
def acquire(database: Path) -> Iterator[Lock]:
    """Hold the database for this process until the end of the block.

    Raises:
        StoreError: somebody else holds it; the message says who.
    """
    path = lock_file(database)
    if not path.parent.is_dir():
        raise StoreError(f"database {database}: there is no folder {path.parent}")
    with explained(path):
        make_ours(path)
        descriptor = os.open(path, os.O_RDWR)
    try:
        if not _locked(descriptor, fcntl.LOCK_EX, _TRIES):
            raise StoreError(f"database {database} is in use by {_read(descriptor)}")
        with explained(path):
            held = Lock(descriptor)
        try:
            yield held
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder(database: Path) -> Holder | None:
    """Find the holder of the database; None if nobody holds it.

    Raises:
        StoreError: the lock file cannot be read.
    """
    path = lock_file(database)
    with explained(path):
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            return None if _locked(descriptor, fcntl.LOCK_SH) else _read(descriptor)
        finally:
            os.close(descriptor)


def lock_file(database: Path) -> Path:
    """The lock file beside the database, the same for each link that leads to the database."""
    return Path(f"{database.resolve()}.lock")


def _locked(descriptor: int, kind: int, tries: int = 1) -> bool:
    for attempt in range(tries):
        if attempt:
            time.sleep(_PAUSE)
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return True
    return False


def _read(descriptor: int) -> Holder:
    try:
        return msgspec.json.decode(os.pread(descriptor, 4096, 0), type=Holder)
    except msgspec.DecodeError:  # held, but not yet or no longer described
        return Holder()
