"""A second server on a database that another one serves goes away and says why."""

import os
import sys
from pathlib import Path

import trio

from tests.faults.clients import OPEN, assert_no_fault, crowd, make_rooms, until
from tests.faults.figures import Figures, seconds
from tests.serving.process import launched

PATIENCE = 10.0


async def check_second_server(folder: Path) -> Figures:
    """The second hears who holds the database, by whatever name it calls it; the first goes on."""
    database = folder / "xr.db"
    alias = folder / "another-name.db"
    rooms = await make_rooms(database, 1)
    alias.symlink_to(database)
    with launched(folder, database=database, **OPEN) as server:
        (walker,) = crowd(server, rooms, 1)
        async with trio.open_nursery() as nursery:
            await nursery.start(walker.visit)
            began = trio.current_time()
            for name in (database, alias):
                code, said = await start_another(name)
                assert code not in (0, None)
                assert "is in use by" in said, said
                assert f"http://127.0.0.1:{server.port}" in said, said
                assert f"process {server.process.pid}" in said, said
                assert "Traceback" not in said, said
            taken = (trio.current_time() - began) / 2
            await walker.step()
            await until(lambda: walker.returned == 1, 5, "the first server goes on")
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
        server.process.kill()
        await server.exit_code(5)
    folder_after = folder / "after"
    folder_after.mkdir()
    with launched(folder_after, database=alias, **OPEN) as server:
        assert_no_fault(server)  # a killed server holds nothing
    return {"refused after": seconds(taken), "exit code": code}


async def start_another(database: Path) -> tuple[int, str]:
    """Start a server that is expected to end by itself: its exit code, and what it said."""
    environment = {**os.environ, "XR_DATABASE": str(database), "XR_PORT": "0"}
    with trio.fail_after(PATIENCE):
        done = await trio.run_process(
            [sys.executable, "-m", "xr", "serve"],
            env=environment,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
    return done.returncode, (done.stdout + done.stderr).decode()


async def test_a_second_server_is_refused(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_second_server(tmp_path)
    assert figures["exit code"] == 1
