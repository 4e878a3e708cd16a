"""Trio's tasks, written into the log: what a server that hangs is waiting for."""

import logging
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import trio

log = logging.getLogger(__name__)

_OWN = f"{Path(__file__).parent.parent}/"
MOST_TASKS = 400
"""Lines of tasks that are logged at once; the log itself holds a thousand that wait."""


def log_tasks() -> None:
    """Log each task below its parent, with the line where it waits; of many, the first ones."""
    lines = list(task_tree())
    log.info("tasks.listed count=%d shown=%d", len(lines), min(len(lines), MOST_TASKS))
    for line in lines[:MOST_TASKS]:
        log.info("tasks.task task=%s", line)


def task_tree() -> Iterator[str]:
    """A line for each task of this run of Trio, indented below its parent."""
    root = trio.lowlevel.current_root_task()
    waiting = [(root, 0)] if root is not None else []
    while waiting:
        task, depth = waiting.pop()
        yield f"{'  ' * depth}{task.name} {_place(task)}".rstrip()
        children = [each for nursery in task.child_nurseries for each in nursery.child_tasks]
        waiting += [(child, depth + 1) for child in sorted(children, key=lambda each: each.name)]


def _place(task: trio.lowlevel.Task) -> str:
    """The innermost line of the server's own code in which the task waits, else its outermost."""
    frames = [frame for frame, _ in task.iter_await_frames()]
    own = [frame for frame in frames if frame.f_code.co_filename.startswith(_OWN)]
    return _shown(own[-1] if own else frames[0]) if frames else ""


def _shown(frame: FrameType) -> str:
    code = frame.f_code
    return f"at {code.co_filename.removeprefix(_OWN)}:{frame.f_lineno} {code.co_name}"
