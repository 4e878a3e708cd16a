from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.store.examples import Clock
from xr.store.memory import MemoryStore
from xr.store.protocol import Store
from xr.store.sqlite import open_store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "xr.db"


@pytest.fixture(params=["memory", "sqlite"])
async def store(
    request: pytest.FixtureRequest, database: Path, clock: Clock
) -> AsyncIterator[Store]:
    async with _opened(request.param, database, clock) as opened:
        yield opened


def _opened(kind: str, database: Path, clock: Clock) -> AbstractAsyncContextManager[Store]:
    if kind == "sqlite":
        return open_store(database, now=clock)
    return _in_memory(clock)


@asynccontextmanager
async def _in_memory(clock: Clock) -> AsyncIterator[Store]:
    yield MemoryStore(now=clock)
