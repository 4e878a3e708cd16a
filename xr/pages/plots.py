"""Plots of the last hour as points of an SVG, which the page's template draws."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from xr.monitoring.history import HOUR, Sample

WIDTH, HEIGHT = 300, 60
"""The units of a plot; the page stretches it."""


@dataclass(frozen=True)
class Plot:
    """A line through the last hour: the newest value and the highest, in words, and its points.

    ``points`` are those of an SVG ``polyline``, "" without a sample.
    """

    title: str
    now: str
    most: str
    points: str


def percent(share: float) -> str:
    """A share of one, in percent."""
    return f"{share:.0%}".replace("%", " %")


def megabytes(count: float) -> str:
    """A number of bytes in MB, or in GB or kB where it is large or small."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def kilobytes(count: float) -> str:
    """Bytes a second."""
    return f"{count / 1e3:.1f} kB/s" if count < 1e6 else f"{count / 1e6:.1f} MB/s"


def seconds(duration: float) -> str:
    """A duration in ms, or in seconds where it is long."""
    return f"{duration * 1000:.3g} ms" if duration < 1 else f"{duration:.1f} s"


def whole(count: float) -> str:
    """A count."""
    return f"{count:.0f}"


_PLOTS: Sequence[tuple[str, Callable[[Sample], float], Callable[[float], str], float]] = (
    ("People", lambda each: each.users, whole, 4),
    ("Websockets", lambda each: each.websockets, whole, 4),
    ("Processor, of one core", lambda each: each.cpu, percent, 0.1),
    ("Memory", lambda each: each.memory, megabytes, 100e6),
    ("Ticks late, 99 of 100 within", lambda each: each.lateness, seconds, 0.01),
    ("Oldest unwritten change", lambda each: each.unwritten, seconds, 10),
    ("Sent to websockets", lambda each: each.sent, kilobytes, 1e4),
)
"""Title, value, its words, and the least height of the plot: noise is not drawn as a mountain."""


def plots(samples: Iterable[Sample]) -> Sequence[Plot]:
    """The plots of these samples, of which the last is at the right end."""
    known = list(samples)
    return [_plot(known, *each) for each in _PLOTS]


def _plot(
    samples: Sequence[Sample],
    title: str,
    value: Callable[[Sample], float],
    words: Callable[[float], str],
    least: float,
) -> Plot:
    if not samples:
        return Plot(title, "–", "", "")
    end, values = samples[-1].at, [value(each) for each in samples]
    top = max(least, *values)
    points = [
        f"{WIDTH * (1 - (end - each.at) / HOUR):.1f},{HEIGHT * (1 - number / top):.1f}"
        for each, number in zip(samples, values, strict=True)
        if end - each.at <= HOUR
    ]
    return Plot(title, words(values[-1]), words(max(values)), " ".join(points))
