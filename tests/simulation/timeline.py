"""Virtual time: what is to happen when, what did happen, and how a run is made to repeat itself."""

import heapq
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence

import trio
from trio.testing import MockClock

from tests.tasks import seeded

GRID = 0.01
"""Seconds between two moments at which the network delivers: things coincide often that way."""


class Violation(Exception):
    """A promise that was broken. ``rule`` names it, the text says by whom and how."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule


class Journal:
    """All that happened, if somebody wants to read it, and which promises were broken."""

    def __init__(self, kept: bool) -> None:
        self.lines: list[str] = []
        self.violations: list[Violation] = []
        self._kept = kept

    def note(self, *what: object) -> None:
        """Write down what happens now."""
        if self._kept:
            self.lines.append(f"{trio.current_time():9.3f}  {' '.join(map(str, what))}")

    def fault(self, rule: str, *what: object) -> Violation:
        """A broken promise, to be raised; it counts even where the server catches it."""
        violation = Violation(rule, " ".join(map(str, what)))
        self.violations.append(violation)
        self.note("VIOLATION", violation)
        return violation


class Timeline:
    """One heap of what is to happen; the task that runs it is the world outside the server."""

    def __init__(self, rng: random.Random, journal: Journal) -> None:
        self._rng = rng
        self._journal = journal
        self._heap: list[tuple[float, float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._nap = trio.CancelScope()

    def at(self, when: float, what: Callable[[], None], order: float = 0.5) -> None:
        """Do ``what`` at ``when``; of what is due together the lowest ``order`` comes first."""
        heapq.heappush(self._heap, (when, order, next(self._count), what))
        self._nap.deadline = min(self._nap.deadline, when)

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Do ``what`` in so many seconds."""
        self.at(trio.current_time() + seconds, what)

    async def run(self) -> None:
        """Let things happen until cancelled, or until a promise is broken, which is raised.

        Between things that are due together the server's tasks get a turn, or do not.
        """
        while True:
            when = self._heap[0][0] if self._heap else trio.current_time() + 1.0
            with trio.CancelScope(deadline=when) as self._nap:
                await trio.sleep_forever()
            now = trio.current_time()
            while self._heap and self._heap[0][0] <= now:
                self._happen(heapq.heappop(self._heap)[3])
                if self._rng.random() < 0.3:
                    await trio.lowlevel.checkpoint()
            if self._journal.violations:
                raise self._journal.violations[0]

    def _happen(self, what: Callable[[], None]) -> None:
        try:
            what()
        except Violation:
            raise
        except Exception as error:
            raise self._journal.fault("no errors", repr(error)) from error


def run_seeded(
    seed: int, main: Callable[[], Awaitable[None]], instruments: Sequence[trio.abc.Instrument]
) -> None:
    """Run ``main`` on a virtual clock so that the same seed gives the same run."""
    with seeded(seed):
        trio.run(
            main,
            clock=MockClock(autojump_threshold=0),
            instruments=instruments,
            strict_exception_groups=True,
        )
