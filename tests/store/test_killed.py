"""A server killed in the middle of a flush leaves whole batches and a sound file."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import xr

ROOT = Path(xr.__file__).parent.parent
USERS = 2000

_PROGRAM = f"""
import itertools, sys, trio
from pathlib import Path
from xr.rooms.tenure import Tenure
from xr.pose import Pose
from xr.store.sqlite import open_store

async def flush_for_ever():
    async with open_store(Path(sys.argv[1])) as store:
        room_id = await store.create_room("x", {{}})
        for batch in itertools.count():
            pose = Pose((float(batch), 1.7, 0.0), (0.0, 0.0, 0.0, 1.0))
            await store.save_poses(Tenure(room_id), {{f"user-{{i}}": pose for i in range({USERS})}})
            print(batch, flush=True)

trio.run(flush_for_ever)
"""


@pytest.mark.parametrize("batches", [1, 2, 5])
def test_killed_in_a_flush(database: Path, batches: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(database)], cwd=ROOT, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        for _ in range(batches):
            committed = int(server.stdout.readline())
        server.kill()  # it is in the next batch by now, or on the way to it
        committed = max([committed, *map(int, server.stdout.read().split())])
    assert os.path.exists(f"{database}-wal")
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = db.execute("SELECT x, count(*) FROM poses GROUP BY x").fetchall()
    ((batch, users),) = found  # one batch, never a mixture of two
    assert users == USERS
    assert batch in (committed, committed + 1)  # the last one may have ended unannounced
