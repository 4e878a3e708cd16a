"""When poses are written, and what becomes of them when that fails."""

import logging

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.rooms.album import INTERVAL, Album, running
from tests.rooms.gated_store import LOCKED
from xr.events import ConnectionsChanged


async def test_changed_poses_are_written_every_interval(autojump_clock: MockClock) -> None:
    album = Album()
    async with running(album):
        album.join("ann", 1)
        await trio.sleep(INTERVAL - 0.1)
        assert album.store.saved == []
        await trio.sleep(0.2)
        assert album.store.saved == [{"ann": 1}]
        album.join("bob", 2)
        album.move("bob", 3)
        await trio.sleep(INTERVAL)
        assert album.store.saved[1:] == [{"bob": 3}]  # only what has changed, the newest of it
        await trio.sleep(10 * INTERVAL)
    assert len(album.store.saved) == 2
    assert album.metrics.poses_flushed == 2
    assert album.metrics.flush_failures == 0


async def test_poses_are_written_at_once_when_somebody_leaves(autojump_clock: MockClock) -> None:
    album = Album()
    async with running(album):
        album.join("ann", 1)
        album.join("bob", 1)
        await trio.sleep(1)
        album.move("ann", 2)
        album.leave("ann")
        await wait_all_tasks_blocked()
        assert album.store.saved == [{"ann": 2, "bob": 1}]
        await trio.sleep(1)
        album.leave("bob")  # has not changed since
        await trio.sleep(1)
        assert len(album.store.saved) == 1
        album.join("cat", 5)
        await trio.sleep(INTERVAL)
        assert album.store.saved[1:] == [{"cat": 5}]  # and the interval goes on


async def test_the_time_that_writing_takes_is_counted(autojump_clock: MockClock) -> None:
    album = Album()
    gate = album.store.shut("save_poses")
    album.join("ann", 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.flush)
        await trio.sleep(0.5)
        gate.set()
    assert album.metrics.flush_duration.seconds == pytest.approx(0.5)


async def test_two_flushes_do_not_overlap() -> None:
    album = Album()
    gate = album.store.shut("save_poses")
    album.join("ann", 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.flush)
        await wait_all_tasks_blocked()
        album.move("ann", 2)
        nursery.start_soon(album.snapshot.flush)
        await wait_all_tasks_blocked()
        assert album.store.calls == ["save_poses"]
        gate.set()
    assert album.store.saved == [{"ann": 1}, {"ann": 2}]


async def test_a_pose_that_changes_while_it_is_written_is_written_again() -> None:
    album = Album()
    gate = album.store.shut("save_poses")
    album.join("ann", 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.flush)
        await wait_all_tasks_blocked()
        album.move("ann", 2)
        gate.set()
    assert album.unsaved() == {"ann": 2}
    await album.snapshot.flush()
    assert album.store.saved == [{"ann": 1}, {"ann": 2}]


async def test_nothing_to_write_is_a_success_without_a_visit_to_the_store() -> None:
    album = Album()
    assert await album.snapshot.flush()
    assert album.store.calls == []


async def test_presence_alone_is_no_reason_to_write() -> None:
    album = Album()
    album.stream.publish(ConnectionsChanged({"ann": ("a",)}, {}))
    assert await album.snapshot.flush()
    assert album.store.calls == []


# When the store fails


@pytest.mark.parametrize("error", [LOCKED, OSError("no space left on device")])
async def test_a_flush_that_fails_is_merged_back_under_newer_poses(error: Exception) -> None:
    album = Album()
    album.store.failures["save_poses"] = error
    gate = album.store.shut("save_poses")
    album.join("ann", 1)
    album.join("bob", 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.flush)
        await wait_all_tasks_blocked()
        album.move("ann", 2)
        album.join("cat", 3)
        gate.set()
    assert album.unsaved() == {"ann": 2, "bob": 1, "cat": 3}
    assert album.snapshot.failing
    assert album.metrics.flush_failures == 1
    del album.store.failures["save_poses"]
    assert await album.snapshot.flush()
    assert album.store.saved == [{"ann": 2, "bob": 1, "cat": 3}]
    assert not album.snapshot.failing
    assert album.unsaved() == {}


async def test_the_age_of_what_is_unwritten_grows_until_a_flush_has_written_all(
    autojump_clock: MockClock,
) -> None:
    album = Album()
    flusher = album.snapshot.flusher
    async with running(album):
        await trio.sleep(INTERVAL * 1.5)
        assert flusher.unwritten() == 0
        album.store.failures["save_poses"] = LOCKED
        album.join("ann", 1)
        await trio.sleep(INTERVAL * 10)
        assert flusher.unwritten() == pytest.approx(INTERVAL * 10.5)
        del album.store.failures["save_poses"]
        gate = album.store.shut("save_poses")
        await trio.sleep(INTERVAL)
        assert flusher.unwritten() == pytest.approx(INTERVAL * 11.5), "it is being written"
        gate.set()
        await wait_all_tasks_blocked()
        assert flusher.unwritten() == 0
        assert sum(album.metrics.flush_duration.counts) == 1


async def test_an_error_of_another_kind_is_passed_on_and_nothing_is_lost() -> None:
    album = Album()
    album.store.failures["save_poses"] = ZeroDivisionError("a fault of ours")
    album.join("ann", 1)
    with pytest.raises(ZeroDivisionError):
        await album.snapshot.flush()
    assert album.unsaved() == {"ann": 1}
    del album.store.failures["save_poses"]
    assert await album.snapshot.flush()


async def test_a_failing_store_is_tried_again_every_interval_and_told_of_once_a_minute(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    album = Album()
    album.store.failures["save_poses"] = LOCKED
    async with running(album):
        album.join("ann", 1)
        await trio.sleep(INTERVAL * 10.5)
        assert album.metrics.flush_failures == 10
        assert _told(caplog, "flush.failed") == 1
        assert "room=hall ledger=poses error='the database is locked'" in caplog.text
        await trio.sleep(60)
        assert _told(caplog, "flush.failed") == 2
        await trio.sleep(630)
        assert _told(caplog, "flush.failed") == 13
        del album.store.failures["save_poses"]
        await trio.sleep(INTERVAL)
        assert _told(caplog, "flush.recovered") == 1
        assert album.store.saved == [{"ann": 1}]
        await trio.sleep(INTERVAL)
        album.move("ann", 2)
        album.store.failures["save_poses"] = LOCKED
        await trio.sleep(INTERVAL)
    assert _told(caplog, "flush.failed") == 14  # a new trouble is told at once
    assert _told(caplog, "flush.recovered") == 1


async def test_a_store_that_works_is_not_spoken_of(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    album = Album()
    async with running(album):
        for x in range(10):
            album.join(f"u{x}", x)
            await trio.sleep(INTERVAL)
    assert caplog.records == []


def _told(caplog: pytest.LogCaptureFixture, event: str) -> int:
    return sum(record.getMessage().startswith(event) for record in caplog.records)


# Cancellation


@pytest.mark.parametrize("gate", ["save_poses", "save_poses done"])
async def test_a_flush_that_is_cancelled_while_it_writes_loses_nothing(gate: str) -> None:
    album = Album()
    album.store.shut(gate)
    album.join("ann", 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.flush)
        await wait_all_tasks_blocked()
        album.move("ann", 2)
        album.join("bob", 3)
        nursery.cancel_scope.cancel()
    assert album.unsaved() == {"ann": 2, "bob": 3}
    album.store.gates.clear()
    with trio.fail_after(1):
        assert await album.snapshot.flush()
    assert (await album.store.stored_x()) == {"ann": 2, "bob": 3}


async def test_a_flush_that_is_cancelled_while_it_waits_for_another_takes_nothing() -> None:
    album = Album()
    gate = album.store.shut("save_poses")
    album.join("ann", 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(album.snapshot.flush)
        await wait_all_tasks_blocked()
        album.move("ann", 2)
        with trio.move_on_after(0) as scope:
            await album.snapshot.flush()
        assert scope.cancelled_caught
        gate.set()
    assert album.unsaved() == {"ann": 2}
    assert album.store.saved == [{"ann": 1}]


async def test_a_task_that_is_cancelled_in_the_middle_of_a_flush_loses_nothing(
    autojump_clock: MockClock,
) -> None:
    album = Album()
    album.store.shut("save_poses")
    album.join("ann", 1)
    async with running(album):
        await trio.sleep(INTERVAL + 1)
        assert album.store.calls == ["save_poses"]
    assert album.unsaved() == {"ann": 1}
