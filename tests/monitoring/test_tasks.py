"""The tree of tasks in the log."""

import logging

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from xr.monitoring.tasks import MOST_TASKS, log_tasks, task_tree


async def test_each_task_stands_below_its_parent_with_the_line_where_it_waits() -> None:
    async def parent() -> None:
        async with trio.open_nursery() as children:
            children.start_soon(trio.sleep_forever, name="child")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(parent, name="parent")
        await wait_all_tasks_blocked()
        lines = list(task_tree())
        at = next(index for index, line in enumerate(lines) if line.lstrip().startswith("parent "))
        depth = len(lines[at]) - len(lines[at].lstrip())
        assert lines[at + 1].startswith(f"{' ' * depth}  child at ")
        assert lines[at + 1].endswith("sleep_forever")
        nursery.cancel_scope.cancel()


async def test_of_many_tasks_the_first_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with trio.open_nursery() as nursery:
        for number in range(MOST_TASKS + 10):
            nursery.start_soon(trio.sleep_forever, name=f"many {number}")
        await wait_all_tasks_blocked()
        log_tasks()
        nursery.cancel_scope.cancel()
    assert f"shown={MOST_TASKS}" in caplog.text
    assert sum("tasks.task" in record.getMessage() for record in caplog.records) == MOST_TASKS
