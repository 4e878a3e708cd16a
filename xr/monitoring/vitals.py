"""The state of a server at one moment, beside its counters."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Status = Literal["ok", "degraded", "draining", "failed"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True)
class Health:
    """How the server is. ``degraded`` still serves; ``draining`` and ``failed`` do not."""

    status: Status
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Files:
    """Bytes of the database and of SQLite's log beside it, and those that are free on the disk."""

    database: int = 0
    log: int = 0
    free: int = 0


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """Health, files, and how many there are now of each.

    ``unwritten`` is the seconds for which a change of a room waits to be written, at most.
    """

    health: Health
    files: Files = Files()
    websockets: int = 0
    rooms: int = 0
    users: int = 0
    tasks: int = 0
    unwritten: float = 0.0


def look_at_files(database: Path) -> Files:
    """The sizes of the files of a database; 0 for one that is not there. It may wait for a disk."""
    path = database.resolve()
    return Files(_size(path), _size(Path(f"{path}-wal")), _free(path.parent))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _free(folder: Path) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize
