"""A figure of several rounds as text: its median and its range, with no digit that says nothing."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measurement import Figures


@dataclass(frozen=True)
class Unit:
    """How a figure is shown: what it is multiplied by, its finest decimal place, and its name."""

    name: str = ""
    scale: float = 1.0
    places: int = 0


PERCENT = Unit(" %", scale=100)
MS = Unit(" ms", places=1)
CPU_MS = Unit(" ms", places=2)
KIB = Unit(" KiB", places=1)
SECONDS = Unit(" s", places=2)
NUMBER = Unit()
TENTHS = Unit(places=1)


def values_of(rounds: Sequence[Figures], key: str) -> list[float]:
    """One figure of every round; empty if it was not measured."""
    return [figures[key] for figures in rounds if key in figures]


def shown(values: Sequence[float], unit: Unit) -> str:
    """``median (least–most) unit``, rounded where the range begins; the median alone if it is all.

    The last place that is shown is that of the range's first digit, one more if that is a 1.
    """
    scaled = sorted(value * unit.scale for value in values)
    places = min(unit.places, _places(scaled[-1] - scaled[0]))
    median, least, most = (
        _number(value, places) for value in (statistics.median(scaled), scaled[0], scaled[-1])
    )
    span = "" if least == most else f" ({least}–{most})"
    return f"{median}{unit.name}{span}"


def _places(span: float) -> int:
    """The decimal place, negative before the point, below which a range of that width is noise."""
    return 9 if span <= 0 else -math.floor(math.log10(span / 2))


def _number(value: float, places: int) -> str:
    return f"{round(value, places):,.{max(places, 0)}f}"
