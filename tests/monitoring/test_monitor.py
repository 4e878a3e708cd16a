"""Health and vitals of a server, as they are told of its parts."""

import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import trio
from trio.testing import MockClock

from tests.pages.app_under_test import BrokenStore
from xr.errors import StoreError
from xr.monitoring.history import EVERY
from xr.monitoring.vitals import Files, Health, look_at_files
from xr.profile import Profile
from xr.server import Server
from xr.settings import Settings
from xr.store.memory import MemoryStore


@asynccontextmanager
async def running(store: MemoryStore) -> AsyncIterator[Server]:
    server = Server(Settings(), store, "a secret of the tests")
    async with server.running():
        yield server


async def test_a_profile_that_cannot_be_written_is_named_though_no_room_is_open(
    autojump_clock: MockClock,
) -> None:
    store = BrokenStore(StoreError("the disk is full"), "save_profiles")
    async with running(store) as server:
        assert await server.monitor.health() == Health("ok")
        profiles = server.lobby.supervisor.profiles
        profiles.put("ann", Profile(name="Ann", color="#112233", avatar="round"))
        await trio.sleep(60)
        found = await server.monitor.health()
        assert found == Health("degraded", ("profiles of users cannot be written",))
        assert (await server.monitor.measure()).health == found
        profiles.drop("ann")


class Counting(MemoryStore):
    """Counts the checks, which fail or not."""

    def __init__(self) -> None:
        super().__init__()
        self.checks = 0
        self.fault: str | None = None

    async def check(self) -> None:
        self.checks += 1
        await super().check()
        if self.fault is not None:
            raise StoreError(self.fault)


async def test_the_store_is_asked_once_in_two_seconds_however_many_want_to_know(
    autojump_clock: MockClock,
) -> None:
    store = Counting()
    async with running(store) as server:
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(server.monitor.health)
        assert store.checks == 1
        store.fault = "the disk is full"
        await trio.sleep(2)
        assert await server.monitor.health() == Health("degraded", ("the disk is full",))
        store.fault = None
        assert (await server.monitor.health()).status == "degraded"
        await trio.sleep(2)
        assert await server.monitor.health() == Health("ok")
        assert store.checks == 3


async def test_a_server_that_drains_says_so(autojump_clock: MockClock) -> None:
    async with running(MemoryStore()) as server:
        server.lobby.drain()
        assert (await server.monitor.health()).status == "draining"


@contextmanager
def out_of_file_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_server_that_is_out_of_file_descriptors_is_watched_on(
    autojump_clock: MockClock,
) -> None:
    async with running(MemoryStore()) as server:
        await trio.sleep(EVERY + 1)
        before = server.monitor.history.samples[-1]
        assert before.memory > 0
        with out_of_file_descriptors():
            await trio.sleep(EVERY)
        assert len(server.monitor.history.samples) == 2
        assert server.monitor.history.samples[-1].memory == before.memory


def test_the_sizes_of_the_files(tmp_path: Path) -> None:
    database = tmp_path / "xr.db"
    assert look_at_files(database).database == 0
    database.write_bytes(b"x" * 100)
    (tmp_path / "xr.db-wal").write_bytes(b"x" * 10)
    found = look_at_files(database)
    assert (found.database, found.log) == (100, 10)
    assert found.free > 0
    assert look_at_files(tmp_path / "gone" / "xr.db") == Files()
