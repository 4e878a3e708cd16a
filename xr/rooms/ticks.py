"""Times at which tasks of rooms wake up together, and the frames that ride with a tick."""

import math
from collections.abc import Callable, Mapping

import trio

from xr.rooms.protocols import Client

Load = Callable[[float], Mapping[Client, bytes]]
"""Gives the frames that leave now, by client; called with the time, in seconds. It is called when
they leave, and not before, so that they are right at that moment."""

SOON = 0.005
"""Frames wait at most so many seconds for a tick that they ride with."""

_INEXACT = 1e-6  # of a step: a multiple of a float may lie a little below itself


def next_multiple(now: float, step: float) -> float:
    """The first multiple of ``step``, in seconds, that comes after ``now``; 0 is now."""
    return (math.floor(now / step + _INEXACT) + 1) * step if step else now


class Ticks:
    """The ticks of one reflector, of which ``width`` gives the width in seconds.

    They are multiples of it, so that all rooms tick together: one wake-up serves many. Loads are
    bounded by the features that give them.
    """

    def __init__(self, width: Callable[[], float]) -> None:
        self._width = width
        self._loads: dict[Load, None] = {}
        self.due = 0.0
        """The earliest time of the next tick, which comes when there is something to send."""

    def advance(self, now: float) -> float:
        """A tick has come: returns when the next one is due, that nearest to a width from now.

        The first one after now would come twice as often while people come and go, for then each
        tick has another width.
        """
        width = self._width()
        self.due = next_multiple(now + width / 2, width)
        return self.due

    def ride(self, load: Load, *, coming: bool) -> bool:
        """Let frames ride with the next tick, if it is due ``SOON``; returns whether they do.

        ``coming`` is whether there is something to send: only then a tick that is due comes.
        """
        wait = self.due - trio.current_time()
        if wait > SOON or (wait <= 0 and not coming):
            return False
        self._loads[load] = None
        return True

    def take_loads(self, now: float) -> dict[Client, bytes]:
        """Take the frames that ride with the tick of ``now``."""
        frames: dict[Client, bytes] = {}
        loads, self._loads = self._loads, {}
        for load in loads:
            for client, more in load(now).items():
                frames[client] = frames.get(client, b"") + more
        return frames
