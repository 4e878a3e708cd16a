"""systemd is told when the server is ready, that it is alive, and when it stops."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from tests.serving.process import launched
from xr.service_manager import READY, ServiceManager


@pytest.fixture
def manager_socket(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        yield listening


def heard(listening: socket.socket) -> list[str]:
    return listening.recv(4096).decode().split("\n")


def test_a_server_says_that_it_is_ready_reloaded_and_stopping(
    manager_socket: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", manager_socket.getsockname())
    with launched(tmp_path) as server:
        assert heard(manager_socket) == ["READY=1"]
        server.process.send_signal(signal.SIGHUP)
        reloading, moment = heard(manager_socket)
        assert reloading == "RELOADING=1"
        assert int(moment.removeprefix("MONOTONIC_USEC=")) > 0
        assert heard(manager_socket) == ["READY=1"]
        server.terminate()
        assert heard(manager_socket) == ["STOPPING=1"]
        assert server.process.wait(10) == 0


async def test_the_event_loop_feeds_the_watchdog_twice_in_its_time(
    manager_socket: socket.socket, autojump_clock: MockClock
) -> None:
    manager_socket.setblocking(False)
    environment = {"NOTIFY_SOCKET": manager_socket.getsockname(), "WATCHDOG_USEC": "10000000"}
    manager = ServiceManager({**environment, "WATCHDOG_PID": str(os.getpid())})
    with trio.move_on_after(14):
        await manager.feed_watchdog()
    assert [heard(manager_socket) for _ in range(3)] == [["WATCHDOG=1"]] * 3
    with pytest.raises(BlockingIOError):
        manager_socket.recv(1)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"},
    ],
)
async def test_without_a_watchdog_there_is_nothing_to_feed(
    environment: dict[str, str], autojump_clock: MockClock
) -> None:
    before = trio.current_time()
    await ServiceManager(environment).feed_watchdog()
    assert trio.current_time() == before


def test_an_abstract_name_is_understood() -> None:
    name = f"xr-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).tell(READY)
        assert heard(listening) == ["READY=1"]


def test_a_manager_that_is_gone_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell(READY)
    assert "service_manager.unreachable" in caplog.text
