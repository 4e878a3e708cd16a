"""A lost database is told once, by whoever looks first, and ends the server with an error."""

import logging
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.serving.process import launched
from xr.errors import StoreError
from xr.store.memory import MemoryStore
from xr.store.watch import watch


class Movable(MemoryStore):
    """A store that can be taken away."""

    gone = False

    async def check_place(self) -> None:
        await super().check_place()
        if self.gone:
            raise StoreError("it is gone")


async def test_it_is_told_once_and_again_when_it_is_back(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = Movable()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch, store, 5.0)
        for gone in (False, True, False, True):
            store.gone = gone
            await trio.sleep(22.0)
        nursery.cancel_scope.cancel()
    told = [(record.levelno, record.getMessage().split(":")[0]) for record in caplog.records]
    lost = (logging.ERROR, "database.lost error='it is gone'")
    assert told == [lost, (logging.WARNING, "database.recovered"), lost]


async def test_a_server_whose_file_was_deleted_says_so_and_ends_with_an_error(
    tmp_path: Path,
) -> None:
    with launched(tmp_path, flush_interval=0.1) as server:
        server.database.unlink()
        server.wait_for_line("database.lost")
        status, answer = await server.health()
        assert (status, answer["status"]) == (200, "degraded")
        assert "deleted or moved" in answer["reasons"][0]
        head, _ = await server.fetch("/rooms", method="POST", form={"name": "lost"})
        assert head.status == 503  # rather than a room that is gone tomorrow
        server.terminate()
        assert await server.exit_code(10) == 1
        assert server.log.count("database.lost") == 1
        assert "xr: database" in server.log
