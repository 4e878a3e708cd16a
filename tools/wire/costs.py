"""The table of docs/cost.md, of the figures of benchmarks/results.json."""

import json
from pathlib import Path
from statistics import median
from typing import Any

from tools.wire.markdown import table

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"

_ROOMS = {
    "rooms-20x10": "rooms of 10",
    "room-100": "rooms of 100",
    "room-400": "rooms of 400",
    "room-800": "one room of 800",
}
_FULL = 0.8
"""The share of a core that is used at most, so that a busy moment finds room."""
_EUROS = 5
"""The price of a core for a month, for the sake of the example."""
_MEGABIT = 8


def costs_table() -> str:
    """For each size of room: the people whom a core carries, a euro pays, and their traffic."""
    found = json.loads(RESULTS.read_text())["found"]
    head = (
        "everybody walks, in",
        "of a core",
        "fit on a core",
        "people per euro",
        "traffic of all",
    )
    return table(head, [_row(text, found[name]["xr"]) for name, text in _ROOMS.items()])


def _row(text: str, rounds: list[dict[str, Any]]) -> tuple[str, ...]:
    cpu = median(each["server_cpu"] for each in rounds)
    traffic = median(each["wire_mb_per_s"] for each in rounds) * _MEGABIT
    clients, rooms = rounds[0]["clients"], rounds[0]["rooms"]
    size = clients // rooms
    fitting = int(_FULL / (cpu / rooms))
    people = fitting * size
    return (
        text,
        f"{cpu:.0%} for {clients}".replace("%", " %"),
        f"{people:,} people",
        f"{people // _EUROS}",
        f"{traffic / rooms * fitting:,.0f} Mbit/s",
    )
