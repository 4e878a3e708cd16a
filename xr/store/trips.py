"""Jobs in a thread, one after the other: all jobs that wait go in one trip.

A trip to a thread and back costs many times what reading a row does, and joins come in bursts.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import trio

T = TypeVar("T")


class _Job:
    """A piece of work, the task that waits for it, and its result or error."""

    __slots__ = ("done", "error", "result", "task", "work")

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.task: trio.lowlevel.Task | None = None
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001  # it is raised where it was asked for
            self.error = error
        self.done = True


class Trips:
    """Does work in a thread, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._waiting: list[_Job] = []
        self._away = False  # a trip is under way, or the task of the next one has been woken

    async def do(self, work: Callable[[], T]) -> T:
        """Do ``work``; returns its result, or raises what it raises.

        If the call is cancelled while the job waits, the job never starts. A started job ends.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        job = _Job(work)
        self._waiting.append(job)
        if self._away:
            await self._wait(job)
        if not job.done:
            await self._go()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[no-any-return]

    async def _wait(self, job: _Job) -> None:
        """Wait until the job is done, or is the first of the next trip."""

        def abort(_: object) -> trio.lowlevel.Abort:
            if job not in self._waiting:
                return trio.lowlevel.Abort.FAILED
            self._waiting.remove(job)
            return trio.lowlevel.Abort.SUCCEEDED

        job.task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(abort)

    async def _go(self) -> None:
        """Do all jobs that wait, and wake the tasks that wait for them."""
        jobs, self._waiting = self._waiting, []
        self._away = True
        try:
            await trio.to_thread.run_sync(_run_all, jobs)
        finally:
            if jobs[0].done:
                for job in jobs[1:]:
                    _wake(job)
            else:  # cancelled before it began, or no thread could be started: the others go on
                self._waiting = jobs[1:] + self._waiting
            self._away = bool(self._waiting)
            if self._away:
                _wake(self._waiting[0])


def _run_all(jobs: list[_Job]) -> None:
    for job in jobs:
        job.run()


def _wake(job: _Job) -> None:
    if job.task is not None:
        trio.lowlevel.reschedule(job.task)
