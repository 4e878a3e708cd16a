from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.clock import Clock
from xr.store.memory import MemoryStore
from xr.store.protocol import Store
from xr.store.sqlite import open_store

OpenStore = Callable[[Path, Clock], AbstractAsyncContextManager[Store]]


@asynccontextmanager
async def _in_memory(_: Path, clock: Clock) -> AsyncIterator[Store]:
    yield MemoryStore(now=clock)


def _in_a_file(database: Path, clock: Clock) -> AbstractAsyncContextManager[Store]:
    return open_store(database, now=clock)


IMPLEMENTATIONS: dict[str, OpenStore] = {"memory": _in_memory, "sqlite": _in_a_file}
"""Every store there is: all of them pass the tests in ``contract/``."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "xr.db"


@pytest.fixture(params=IMPLEMENTATIONS)
async def store(
    request: pytest.FixtureRequest, database: Path, clock: Clock
) -> AsyncIterator[Store]:
    async with IMPLEMENTATIONS[request.param](database, clock) as opened:
        yield opened
