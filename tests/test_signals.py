"""SIGHUP reloads and never ends the server; a terminal that closes drains it."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.serving.process import SECRET, START_SECONDS, launched
from xr.store.lock import Holder, lock_file

SERVE = f"{sys.executable} -m xr serve"


async def test_a_hangup_from_a_service_manager_reloads_and_ends_nothing(tmp_path: Path) -> None:
    with launched(tmp_path) as server:
        for number in (1, 2):
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_line("server.reloaded", number)
        assert (await server.health())[0] == 200
        server.terminate()
        assert await server.exit_code(10) == 0
        assert "terminal.closed" not in server.log


async def test_usr1_has_the_tasks_logged_and_ends_nothing(tmp_path: Path) -> None:
    with launched(tmp_path) as server:
        server.process.send_signal(signal.SIGUSR1)
        server.wait_for_line("lobby at rooms/supervisor.py:")
        assert "tasks.listed count=" in server.log
        assert (await server.health())[0] == 200
        server.terminate()
        assert await server.exit_code(10) == 0


async def test_the_signal_of_a_watchdog_leaves_the_lines_that_ran_in_the_log(
    tmp_path: Path,
) -> None:
    with launched(tmp_path) as server:
        server.process.send_signal(signal.SIGABRT)
        assert await server.exit_code(30) == -signal.SIGABRT
        assert "Fatal Python error: Aborted" in server.log
        assert "in serve" in server.log


class Session:
    """A shell that leads a session with a terminal of its own, and runs ``line`` in it."""

    def __init__(self, line: str, folder: Path) -> None:
        self.database = folder / "xr.db"
        self._log = folder / "log"
        self._terminal, slave = pty.openpty()
        environment = {**os.environ, "XR_PORT": "0", "XR_SECRET_KEY": SECRET}
        environment["XR_DATABASE"] = str(self.database)
        with self._log.open("wb") as log:
            self.leader = subprocess.Popen(
                ["/bin/sh", "-c", f"exec <{os.ttyname(slave)}; {line}"],  # opens it, and owns it
                start_new_session=True,
                env=environment,
                stdout=log,
                stderr=log,
            )
        self._wait(lambda: "server.started" in self.log)
        os.close(slave)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def hang_up(self) -> None:
        os.close(self._terminal)

    def wait_for(self, text: str) -> None:
        self._wait(lambda: text in self.log)

    def end(self) -> None:
        """End the server, if it still runs, and the leader."""
        written = lock_file(self.database).read_bytes()
        if written:
            os.kill(msgspec.json.decode(written, type=Holder).pid, signal.SIGTERM)
        self.leader.wait(START_SECONDS)

    def _wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f"exec {SERVE}", id="that leads the session"),
        pytest.param(f"trap : HUP; {SERVE}; wait", id="below one that hears of it alone"),
        pytest.param(f"printf 'run:\n\t@exec {SERVE}\n' | make -f - run", id="below make"),
    ],
)
def test_a_server_in_the_foreground_ends_with_its_terminal(line: str, tmp_path: Path) -> None:
    session = Session(line, tmp_path)
    session.hang_up()
    try:
        session.wait_for("server.stopped")
        assert session.log.count("terminal.closed") == 1
        session.leader.wait(START_SECONDS)
    finally:
        session.end()


def test_a_server_that_shall_outlive_its_terminal_does(tmp_path: Path) -> None:
    session = Session(f"trap '' HUP; exec {SERVE}", tmp_path)  # as nohup does
    session.hang_up()
    session.leader.send_signal(signal.SIGHUP)
    session.end()
    assert session.leader.returncode == 0
    assert "server.signalled signal=SIGTERM" in session.log
    assert "terminal.closed" not in session.log


def test_a_hangup_while_the_terminal_is_there_reloads(tmp_path: Path) -> None:
    session = Session(f"exec {SERVE}", tmp_path)
    try:
        session.leader.send_signal(signal.SIGHUP)
        session.wait_for("server.reloaded")
        assert session.leader.poll() is None
    finally:
        session.end()
        session.hang_up()
