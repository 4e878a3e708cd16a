"""The disk is full, the database is locked, a reader holds on to it: the rooms go on meanwhile."""

import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

import pytest
import trio

from tests.faults.clients import (
    OPEN,
    Walker,
    assert_no_fault,
    crowd,
    enter,
    make_rooms,
    pose_of,
    unstored,
    until,
)
from tests.faults.figures import Figures, megabytes, seconds
from tests.serving.process import Server, launched
from xr.errors import StoreError
from xr.rooms.tenure import Tenure
from xr.store import thread
from xr.store.sqlite import open_store

PERIOD = 0.1
FLUSH = 0.5
SLACK = 1.0
ROOMS = 5
FILE_LIMIT = 64 * 1024
KEPT = 16 * 1024 * 1024
A_POSE = 4096

Trouble = Callable[[Server], AbstractContextManager[None]]


@contextmanager
def no_file_grows(server: Server) -> Iterator[None]:
    """No file of the server grows over ``FILE_LIMIT``: as on a full disk, with EFBIG for ENOSPC.

    This needs no rights and no disk. Python ignores SIGXFSZ, so a write just fails.
    """
    pid = server.process.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (FILE_LIMIT, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A disk of its own in ``folder``, if this user may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """No byte is free on ``disk``."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program holds the write lock of the database."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


async def check_full_disk(folder: Path, duration: float) -> Figures:
    """Writes fail for a while because no file can grow."""
    return await _check_trouble(folder, folder / "xr.db", no_file_grows, duration)


async def check_really_full_disk(folder: Path, duration: float) -> Figures:
    """Writes fail for a while because a disk is full, where one may be mounted for it."""
    disk = folder / "disk"
    with small_disk(disk, 16_000_000) as mounted:
        if not mounted:
            return {"not tried": "this user may not mount a disk"}
        return await _check_trouble(folder, disk / "xr.db", lambda _: filled(disk), duration)


async def check_locked(folder: Path, duration: float) -> Figures:
    """Writes fail for a while because another program has locked the database."""
    database = folder / "xr.db"
    return await _check_trouble(folder, database, lambda _: locked(database), duration)


async def _check_trouble(
    folder: Path, database: Path, trouble: Trouble, duration: float
) -> Figures:
    rooms = await make_rooms(database, ROOMS)
    settings = {"flush_interval": FLUSH, "grace": 0.5, **OPEN}
    with launched(folder, database=database, **settings) as server:
        *walkers, leaver, late = crowd(server, rooms, 10)
        async with trio.open_nursery() as nursery:
            await enter(nursery, [*walkers, leaver], PERIOD)
            log = database.with_name("xr.db-wal")
            await until(lambda: log.stat().st_size > FILE_LIMIT, 20, "the log has grown")
            with trouble(server):
                began = trio.current_time()
                await _until_health(server, "degraded", 5)
                noticed = trio.current_time() - began
                await leaver.say_goodbye()
                await nursery.start(late.visit, PERIOD)
                await _assert_pages(server, rooms[0])
                slowest = await _rooms_go_on(walkers, began + duration)
                assert leaver.user_id in walkers[-1].left
                failures = server.log.count("flush.failed")
                assert failures <= ROOMS * (1 + duration // 60), server.log
            mended = trio.current_time()
            for walker in (*walkers, late):
                walker.standing = True
            limit = 2 * FLUSH + SLACK
            everybody = [*walkers, leaver, late]
            await until(
                lambda: not unstored(database, everybody),
                limit,
                lambda: f"all is written; {unstored(database, everybody)}; {server.log[-2000:]}",
            )
            written = trio.current_time() - mended
            await _until_health(server, "ok", 5)
            assert all(walker.here for walker in (*walkers, late))
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return {
        "trouble": seconds(duration),
        "noticed after": seconds(noticed),
        "slowest step and its return meanwhile": seconds(slowest),
        "lines in the log": failures,
        "all written after": seconds(written),
    }


async def _until_health(server: Server, status: str, limit: float) -> None:
    async def reached() -> bool:
        code, body = await server.health()
        assert code == 200
        return bool(body["status"] == status)

    await until(reached, limit, f"/healthz says {status}")


async def _assert_pages(server: Server, room_id: str) -> None:
    """Visitors still get their page; to make a room is refused in words."""
    head, _ = await server.fetch(f"/rooms/{room_id}")
    assert head.status == 200
    head, _ = await server.fetch("/rooms", method="POST", form={"name": "not now"})
    assert head.status == 503


async def _rooms_go_on(walkers: list[Walker], end: float) -> float:
    """Until ``end`` steps come back; the longest time that anybody's took."""
    slowest = 0.0
    while trio.current_time() < end:
        slowest = max(slowest, await _next_steps(walkers))
    return slowest


async def _next_steps(walkers: list[Walker]) -> float:
    """Seconds until everybody has taken another step and it came back."""
    goals = {walker.user_id: len(walker.sent) + 1 for walker in walkers}

    def back() -> bool:
        return all(walker.returned >= goals[walker.user_id] for walker in walkers)

    return await until(back, 2, "everybody's next step comes back")


async def check_long_reader(folder: Path, size: int) -> Figures:
    """Another program reads in one transaction until the log has ``size`` bytes; then it ends.

    SQLite cannot start its log over while somebody reads. So the log grows with what is written,
    and by no more; once the reader has gone it starts over, and is cut to ``KEPT``.
    """
    database = folder / "xr.db"
    log = database.with_name("xr.db-wal")
    rooms = await make_rooms(database, 20)
    with launched(folder, database=database, flush_interval=0.05, **OPEN) as server:
        walkers = crowd(server, rooms, 5)
        async with trio.open_nursery() as nursery:
            await enter(nursery, walkers, 0.05)
            with closing(sqlite3.connect(database, isolation_level=None)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM poses").fetchall()
                small, poses = log.stat().st_size, await _written(server)
                took = await until(lambda: log.stat().st_size > size, 120, "the log grows")
                large, poses = log.stat().st_size, await _written(server) - poses
                salt = _salt(log)
            shrunk = await until(lambda: _salt(log) != salt, 20, "the log starts over")
            first = log.stat().st_size
            await _until_written(server, await _written(server) + poses / 4)
            after = log.stat().st_size
            assert after <= KEPT, "the log is not cut"
            assert after <= first, "the log goes on growing"
            assert all(walker.here for walker in walkers)
            nursery.cancel_scope.cancel()
        assert_no_fault(server)
    each = (large - small) / poses
    assert each < A_POSE, f"the log has grown by {each:.0f} bytes for each pose written"
    return {
        "reader held on for": seconds(took),
        "log before, at most, after": " ".join(map(megabytes, (small, large, after))),
        "bytes for a pose written": round(each),
        "started over after": seconds(shrunk),
    }


async def _written(server: Server) -> float:
    return (await server.metrics())["xr_poses_flushed_total"]


async def _until_written(server: Server, count: float) -> None:
    async def reached() -> bool:
        return await _written(server) >= count

    await until(reached, 60, "poses are written")


def _salt(log: Path) -> bytes:
    """The part of the log's header that changes when it starts over (SQLite's file format, 4.1)."""
    with log.open("rb") as file:
        return file.read(24)[16:]


async def test_a_full_disk_stops_no_room(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_full_disk(tmp_path, duration=3)
    assert figures["lines in the log"]


async def test_a_locked_database_stops_no_room(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_locked(tmp_path, duration=3)
    assert figures["lines in the log"]


async def test_a_log_that_has_grown_large_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "LOG_LARGE", 1 << 20)
    database = tmp_path / "xr.db"
    async with open_store(database) as store:
        room_id = await store.create_room("x", {})
        poses = {f"user{n}": pose_of(n, 0) for n in range(1, 3000)}
        with closing(sqlite3.connect(database, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM poses").fetchall()
            await store.check()
            for _ in range(10):
                await store.save_poses(Tenure(room_id), poses)
            with pytest.raises(StoreError, match=r"its log has grown to \d MB.*end that program"):
                await store.check()


async def test_the_log_starts_over_when_a_long_reader_has_gone(tmp_path: Path) -> None:
    with trio.fail_after(60):
        figures = await check_long_reader(tmp_path, size=4_500_000)
    assert "started over after" in figures
