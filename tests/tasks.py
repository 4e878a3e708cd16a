"""Trio's tasks in tests: the order in which they run, and which there are."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio
from trio._core import _run as scheduler


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Trio picks the order of its tasks by this seed. A failure says which seed it was.

    Trio shuffles the tasks that are ready with a generator of its own, which is seeded here. The
    order before the shuffle depends on addresses in memory unless it is told to sort, as its plugin
    for Hypothesis does.
    """
    sorts, state = scheduler._ALLOW_DETERMINISTIC_SCHEDULING, scheduler._r.getstate()
    scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    scheduler._r.seed(seed)
    try:
        yield
    except BaseException as error:
        error.add_note(f"the seed was {seed}")
        raise
    finally:
        scheduler._r.setstate(state)
        scheduler._ALLOW_DETERMINISTIC_SCHEDULING = sorts  # type: ignore[misc]


def tasks_of(room_id: str) -> list[str]:
    """Names of the tasks that run for a room."""
    return sorted(task.name for task in _tasks() if room_id in task.name.split())


def _tasks() -> Iterator[trio.lowlevel.Task]:
    root = trio.lowlevel.current_root_task()
    assert root is not None
    waiting = [root]
    while waiting:
        task = waiting.pop()
        yield task
        waiting += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
