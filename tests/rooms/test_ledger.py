"""Write-behind: nothing that was put is lost, whatever happens to a write."""

from collections.abc import Mapping
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from tests.rooms.gated_store import LOCKED
from xr.errors import StoreError
from xr.rooms.ledger import Ledger


class Disk:
    """Takes batches; it can be shut, and it can fail."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.failure: Exception | None = None
        self.gate = trio.Event()
        self.gate.set()

    async def save(self, changes: Mapping[str, Any]) -> None:
        batch = dict(changes)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.batches.append(batch)


def ledger_on(disk: Disk) -> Ledger[str, int]:
    return Ledger("numbers", disk.save)


async def test_the_newest_value_of_each_key_is_written_once() -> None:
    disk = Disk()
    ledger = ledger_on(disk)
    ledger.put("a", 1)
    ledger.put("b", 2)
    ledger.put("a", 3)
    assert await ledger.flush() == 2
    assert await ledger.flush() == 0
    assert disk.batches == [{"a": 3, "b": 2}]


async def test_a_failed_write_stays_under_newer_values() -> None:
    disk = Disk()
    ledger = ledger_on(disk)
    ledger.put("a", 1)
    ledger.put("b", 1)
    disk.failure, disk.gate = LOCKED, trio.Event()
    with pytest.RaisesGroup(StoreError):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ledger.flush)
            await wait_all_tasks_blocked()
            ledger.put("a", 2)
            disk.gate.set()
    assert ledger.unsaved == {"a": 2, "b": 1}


async def test_a_cancelled_write_stays() -> None:
    disk = Disk()
    ledger = ledger_on(disk)
    ledger.put("a", 1)
    disk.gate = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ledger.flush)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert ledger.unsaved == {"a": 1}


async def test_a_dropped_value_does_not_come_back_by_a_failed_write() -> None:
    disk = Disk()
    ledger = ledger_on(disk)
    ledger.put("a", 1)
    ledger.put("b", 1)
    disk.failure, disk.gate = LOCKED, trio.Event()
    with pytest.RaisesGroup(StoreError):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ledger.flush)
            await wait_all_tasks_blocked()
            ledger.drop("a")
            disk.gate.set()
    assert ledger.unsaved == {"b": 1}


async def test_two_flushes_take_turns() -> None:
    disk = Disk()
    ledger = ledger_on(disk)
    ledger.put("a", 1)
    disk.gate = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ledger.flush)
        await wait_all_tasks_blocked()
        ledger.put("a", 2)
        nursery.start_soon(ledger.flush)
        await wait_all_tasks_blocked()
        disk.gate.set()
    assert disk.batches == [{"a": 1}, {"a": 2}]
