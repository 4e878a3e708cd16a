"""The thread of an SQLite store: work is done in it one piece at a time, the disk never waited for.

The connection belongs to the work that is being done in the thread; the event loop itself does not
touch it while the store is open.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from xr.errors import StoreError
from xr.store import tables
from xr.store.faults import explained
from xr.store.trips import Trips

LOG_LARGE = 256 * 1024 * 1024  # bytes of the WAL that ``check`` reports: a program reads for hours

P = ParamSpec("P")
T = TypeVar("T")


class SqliteThread:
    """An open connection and its thread; the parts of a store are subclasses of it.

    ``now`` gives unix seconds.
    """

    def __init__(self, db: Database, path: Path, now: Callable[[], float]) -> None:
        self._db = db
        self._path = path
        self._now = now
        self._file = _identity(path)
        self._log = f"{path.resolve()}-wal"  # SQLite follows links too
        self._trips = Trips()
        self.revision = 0

    async def run(
        self, work: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do ``work`` in the thread. Cancelled while waiting it never starts; started, it ends.

        Raises:
            StoreError: the database failed; the message says what to do.
        """

        def explaining() -> T:
            with explained(self._path):
                return work(self._db, *args, **kwargs)

        return await self._trips.do(explaining)

    async def _write(
        self, work: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do ``work`` if the file is still in its place: elsewhere the data would be lost."""

        def placed(db: Database) -> T:
            self._require_place()
            return work(db, *args, **kwargs)

        return await self.run(placed)

    async def _change_list(
        self, work: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do ``work`` that may change the list of rooms."""
        try:
            return await self._write(work, *args, **kwargs)
        finally:
            self.revision += 1

    async def check(self) -> None:
        """Read and write a little; also see that the file is in its place, and its log not huge."""
        await self.run(self._check)

    async def check_place(self) -> None:
        """Check that the file is the one that was opened, without reading it."""
        await self.run(lambda _: self._require_place())

    def _require_place(self) -> None:
        try:
            found = _identity(self._path)
        except FileNotFoundError:
            found = None
        if found != self._file:
            verb = "deleted or moved" if found is None else "replaced"
            raise StoreError(
                f"database {self._path}: the file was {verb} while it was open, and nothing is "
                "written any more: put it back where it was, or restart the server"
            )

    def _check(self, db: Database) -> None:
        self._require_place()
        tables.check(db)
        size = os.stat(self._log).st_size
        if size > LOG_LARGE:
            raise StoreError(
                f"database {self._path}: its log has grown to {size >> 20} MB, because another "
                "program reads in one transaction: end that program"
            )


def _identity(path: Path) -> tuple[int, int]:
    """The identity of a file, which differs from that of another of the same name."""
    status = os.stat(path)
    return status.st_dev, status.st_ino
