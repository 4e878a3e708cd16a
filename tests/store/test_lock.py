"""One server per database; whoever comes second hears who was first."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import xr
from xr.errors import StoreError
from xr.store.lock import Holder, acquire, holder, lock_file

ROOT = Path(xr.__file__).parent.parent
URL = "http://127.0.0.1:8000"


def test_nobody_holds_a_database_that_nobody_has_opened(database: Path) -> None:
    assert holder(database) is None
    assert not lock_file(database).exists()


def test_the_second_hears_who_was_first(database: Path) -> None:
    with acquire(database) as held:
        with pytest.raises(StoreError, match=rf"another xr \(process {os.getpid()}, since 2"):
            acquire(database).__enter__()
        held.publish(URL)
        with pytest.raises(StoreError, match=rf"in use by the server at {URL} \(process"):
            acquire(database).__enter__()
    with acquire(database):
        assert holder(database) is not None


def test_the_holder_can_be_asked_for(database: Path) -> None:
    before = time.time()
    with acquire(database) as held:
        found = holder(database)
        assert found is not None
        assert found.pid == os.getpid()
        assert before <= found.since <= time.time()
        assert found.url is None
        held.publish(URL)
        assert holder(database) == Holder(found.pid, found.since, URL)
        held.publish("http://[::1]:80")  # a shorter text leaves no rest of the longer one
        assert holder(database) == Holder(found.pid, found.since, "http://[::1]:80")
    assert holder(database) is None


def test_released_also_when_the_block_fails(database: Path) -> None:
    with pytest.raises(RuntimeError, match="fault"), acquire(database):
        raise RuntimeError("a fault")
    assert holder(database) is None


def test_a_killed_server_holds_nothing(database: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from xr.store.lock import acquire\n"
        "with acquire(Path(sys.argv[1])) as held:\n"
        f"    held.publish({URL!r}); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(database)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"held\n"
        found = holder(database)
        assert found is not None
        assert (found.pid, found.url) == (server.pid, URL)
        with pytest.raises(StoreError, match=f"process {server.pid}"):
            acquire(database).__enter__()
        server.kill()
    assert URL in lock_file(database).read_text()  # what it wrote is there, and not believed
    assert holder(database) is None
    with acquire(database):
        found = holder(database)
        assert found is not None
        assert (found.pid, found.url) == (os.getpid(), None)


def test_a_database_has_one_lock_by_whatever_name(database: Path, tmp_path: Path) -> None:
    database.touch()
    link = tmp_path / "link.db"
    link.symlink_to(database)
    with acquire(link), pytest.raises(StoreError, match="in use"):
        acquire(database).__enter__()


def test_who_looks_does_not_keep_a_server_from_starting(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = os.open(lock_file(database), os.O_RDWR | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(time, "sleep", lambda _: os.close(looking))
    with acquire(database):
        assert holder(database) is not None


def test_two_who_look_at_once_do_not_take_each_other_for_a_server(database: Path) -> None:
    looking = os.open(lock_file(database), os.O_RDWR | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert holder(database) is None
    os.close(looking)


def test_a_lock_without_a_description_is_held_all_the_same(database: Path) -> None:
    starting = os.open(lock_file(database), os.O_RDWR | os.O_CREAT)
    fcntl.flock(starting, fcntl.LOCK_EX)
    assert holder(database) == Holder()
    with pytest.raises(StoreError, match=r"in use by another xr$"):
        acquire(database).__enter__()
    os.close(starting)


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no folder .*missing"):
        acquire(tmp_path / "missing" / "xr.db").__enter__()
