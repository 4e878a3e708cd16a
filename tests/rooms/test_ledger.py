"""Write-behind: nothing that was put is lost, whatever happens to a write."""

from collections.abc import Mapping
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from tests.rooms.gated_store import LOCKED
from xr.errors import StoreError, ValueRefused
from xr.rooms.ledger import Ledger

REFUSED = -1
"""A value that the disk never takes."""


class Disk:
    """Takes batches, without ``REFUSED``, all or nothing; it can be shut, and it can fail."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.failure: Exception | None = None
        self.gate = trio.Event()
        self.gate.set()

    async def save(self, changes: Mapping[str, Any]) -> None:
        batch = dict(changes)
        await self.gate.wait()
        if REFUSED in batch.values():
            raise ValueRefused("a value was refused")
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


async def test_a_value_that_is_never_taken_holds_up_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    disk = Disk()
    ledger = ledger_on(disk)
    for key, value in {"a": 1, "b": REFUSED, "c": 3}.items():
        ledger.put(key, value)
    await ledger.flush()
    assert disk.batches == [{"a": 1}, {"c": 3}]
    assert ledger.clean
    assert "ledger=numbers key='b'" in caplog.text


async def test_a_disk_that_fails_after_a_refused_value_keeps_what_is_not_written() -> None:
    disk = Disk()
    ledger = ledger_on(disk)
    ledger.put("b", REFUSED)
    ledger.put("c", 3)
    disk.failure = LOCKED
    with pytest.raises(StoreError):
        await ledger.flush()
    assert ledger.unsaved == {"c": 3}


async def test_a_value_dropped_while_another_is_refused_is_not_written() -> None:
    disk = Disk()
    ledger = ledger_on(disk)
    ledger.put("b", REFUSED)
    ledger.put("c", 3)
    disk.gate = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ledger.flush)
        await wait_all_tasks_blocked()
        ledger.drop("c")
        disk.gate.set()
    assert disk.batches == []
    assert ledger.clean
