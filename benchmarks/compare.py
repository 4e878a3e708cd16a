"""This checkout beside another one, in turn: whether a change is faster or slower, and how surely.

Each checkout's server runs from its own ``.venv``; the load and the driver are this checkout's.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measurement import Figures, Measurement
from benchmarks.results import disturbed, faults
from benchmarks.servers import CHECKOUT, python_of

ROUNDS = 5
WORSE = 0.05  # by how much a median may be worse before it is said
_SMALL = 400  # clients, below which the growth of the resident set says nothing about a connection


@dataclass(frozen=True)
class Compared:
    """A figure of a report that two checkouts are compared by. ``scale`` is for the eye only."""

    title: str
    key: str
    unit: str
    scale: float = 1.0
    higher_is_better: bool = False


COMPARED = (
    Compared("CPU of a core", "server_cpu", "%", scale=100),
    Compared("poses delivered", "delivered", "%", scale=100, higher_is_better=True),
    Compared("latency p50", "latency_p50_ms", "ms"),
    Compared("latency p99", "latency_p99_ms", "ms"),
    Compared("joins", "joins_per_s", "/s", higher_is_better=True),
    Compared("CPU of a join", "cpu_ms_per_join", "ms"),
    Compared("CPU of a page", "cpu_ms_per_page", "ms"),
    Compared("cold start", "first_start_s", "s"),
    Compared("memory a connection", "kib_per_connection", "KiB"),
)


def compare(scenarios: Sequence[Measurement], other: Path, rounds: int) -> bool:
    """Run every scenario against both checkouts in turn and print what came out.

    Returns whether nothing was lost or damaged on the way; a slower server is no fault.

    Raises:
        SystemExit: ``other`` is no checkout with a virtual environment, or a run failed.
    """
    other = other.resolve()
    python_of(other)  # says so at once if there is none
    well = True
    for scenario in scenarios:
        ours: list[Figures] = []
        theirs: list[Figures] = []
        both = [(ours, CHECKOUT), (theirs, other)]
        for number in range(rounds):
            # The order changes, so that a machine that slows down favours neither.
            for found, checkout in both if number % 2 else reversed(both):
                found.append(scenario.run("xr", checkout))
        _show(scenario.name, other.name, ours, theirs)
        runs = {scenario.name: {other.name: theirs, "this checkout": ours}}
        for each in disturbed(runs):
            print(f"  DISTURBED: others used the machine beside {each}", flush=True)
        for fault in faults(runs):
            print(f"  FAULT {fault}", flush=True)
        well = well and not faults(runs)
    return well


def _show(name: str, other: str, ours: Sequence[Figures], theirs: Sequence[Figures]) -> None:
    head = f"{name}, median (range) of {len(ours)}"
    print(f"\n{head:40}{other[:28]:>30}{'this checkout':>30}{'ratio':>9}")
    for compared in COMPARED:
        if compared.key not in ours[0] or not _means_something(compared.key, ours[0]):
            continue
        before = [figures[compared.key] * compared.scale for figures in theirs]
        after = [figures[compared.key] * compared.scale for figures in ours]
        title = f"{compared.title}, {compared.unit}"
        print(
            f"  {title:38}{_spread(before):>30}{_spread(after):>30}"
            f"{_ratio(before, after):>9}{verdict(compared, before, after)}",
            flush=True,
        )


def _means_something(key: str, figures: Figures) -> bool:
    return key != "kib_per_connection" or figures.get("clients", _SMALL) >= _SMALL


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):,.2f} ({min(values):,.2f}–{max(values):,.2f})"


def _ratio(before: Sequence[float], after: Sequence[float]) -> str:
    divisor = statistics.median(before)
    return f"{statistics.median(after) / divisor:.3f}" if divisor else ""


def verdict(compared: Compared, before: Sequence[float], after: Sequence[float]) -> str:
    """Say that it is worse, and whether the ranges leave a doubt."""
    was, now = statistics.median(before), statistics.median(after)
    worse = was > now * (1 + WORSE) if compared.higher_is_better else now > was * (1 + WORSE)
    if not worse:
        return ""
    apart = min(after) > max(before) or max(after) < min(before)
    return "  WORSE" if apart else "  worse, but the ranges overlap"
