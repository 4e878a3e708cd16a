"""All rounds in full: ``make faults``. Prints what each has measured; fails on a broken promise."""

import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import trio

from tests.faults.figures import Figures
from tests.faults.test_clock import check_clock
from tests.faults.test_comeback import check_comeback
from tests.faults.test_disk import (
    check_full_disk,
    check_locked,
    check_long_reader,
    check_really_full_disk,
)
from tests.faults.test_flood import CLOSED_WITHIN, FLOODS, LIMITS, check_flood
from tests.faults.test_kill import check_kill
from tests.faults.test_leaks import check_rooms
from tests.faults.test_migration import check_killed_migration, check_newer_database
from tests.faults.test_network import check_busy_stall, check_changed_network, check_cut
from tests.faults.test_second import check_second_server
from tests.faults.test_stop import check_clean_stop, check_stop_while_locked
from tests.faults.test_stopped import check_stopped
from tests.faults.test_tabs import check_closed_tabs

Check = Callable[[Path], Awaitable[Figures]]

LIMIT = 180.0
"""Seconds for one round."""

ROUNDS: dict[str, Check] = {
    "killed under load": partial(check_kill, rounds=20),
    "tabs closed after the last move": partial(check_closed_tabs, users=200),
    "cut without an end, busy room": partial(check_cut, busy=True),
    "cut without an end, quiet room": partial(check_cut, busy=False),
    "stopped for 5 s": partial(check_stopped, pause=5),
    "stopped for 45 s": partial(check_stopped, pause=45),
    "files cannot grow": partial(check_full_disk, duration=10),
    "disk full": partial(check_really_full_disk, duration=10),
    "database locked for 70 s": partial(check_locked, duration=70),
    "a long reader": partial(check_long_reader, size=20_000_000),
    "2,000 rooms opened and left": partial(check_rooms, count=1000),
    "500 dropped at once": partial(check_comeback, users=500),
    "migration killed": partial(check_killed_migration, rounds=30),
    "database of a newer version": check_newer_database,
    "wall clock jumps": check_clock,
    "two servers, one database": check_second_server,
    "network changed": partial(check_changed_network, stall=20),
    "stalled in a busy room": partial(check_busy_stall, stall=30),
    "stopped cleanly under load": partial(check_clean_stop, rounds=5),
    "stopped while the database is locked": check_stop_while_locked,
    **{
        f"one address floods: {name}": partial(
            check_flood, unit=unit, period=period, closed=True, length=CLOSED_WITHIN + 3
        )
        for name, (unit, period) in FLOODS.items()
    },
    **{
        f"one address at its limits: {name}": partial(
            check_flood, unit=unit, period=period, closed=False, length=15
        )
        for name, (unit, period) in LIMITS.items()
    },
}


async def run_all(chosen: list[str]) -> int:
    """Run the rounds whose name contains one of ``chosen``, or all; how many failed."""
    failed = 0
    rounds = {
        name: check
        for name, check in ROUNDS.items()
        if not chosen or any(word in name for word in chosen)
    }
    for name, check in rounds.items():
        began = trio.current_time()
        try:
            with tempfile.TemporaryDirectory() as folder, trio.fail_after(LIMIT):
                figures = await check(Path(folder))
        except Exception:  # noqa: BLE001 - a round fails, the next ones run
            failed += 1
            print(f"FAILED  {name}", flush=True)
            traceback.print_exc()
            continue
        print(f"passed  {name} ({trio.current_time() - began:.0f} s)", flush=True)
        for what, value in figures.items():
            print(f"        {what}: {value}", flush=True)
    print(f"{len(rounds) - failed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(1 if trio.run(run_all, sys.argv[1:]) else 0)
