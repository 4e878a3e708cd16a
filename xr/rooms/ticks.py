"""Times at which tasks of rooms wake up together, so that one wake-up serves many rooms."""

import math

_INEXACT = 1e-6  # of a step: a multiple of a float may lie a little below itself


def next_multiple(now: float, step: float) -> float:
    """The first multiple of ``step``, in seconds, that comes after ``now``; 0 is now."""
    return (math.floor(now / step + _INEXACT) + 1) * step if step else now
