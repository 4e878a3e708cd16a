"""The tables of README.md, in Markdown, from medians."""

from collections.abc import Mapping, Sequence

from benchmarks.scenarios import Figures

Medians = Mapping[str, Mapping[str, Figures]]
"""Scenario → server → figures."""

SERVERS = {"xr": "xr", "colyseus": "Colyseus", "relay": "`ws` relay"}
_LOADS = {
    "room-10": "one room of 10",
    "room-100": "one room of 100",
    "room-400": "one room of 400",
    "room-800": "one room of 800",
    "room-1000": "one room of 1,000",
    "room-2000": "one room of 2,000",
    "rooms-20x10": "20 rooms of 10",
}


_PERCENT, _MS, _NUMBER, _KIB = "{:.0%}", "{:.1f} ms", "{:,.0f}", "{:.1f} KiB"

# What, first target, goal, scenario, then the figures of a cell and how they are shown.
_BUDGETS: tuple[tuple[str, str, str, str, Mapping[str, str]], ...] = (
    ("p99 end to end, 800 in a room", "< 150 ms", "", "room-800", {"latency_p99_ms": _MS}),
    ("the same, 2,000 in a room", "", "< 150 ms", "room-2000", {"latency_p99_ms": _MS}),
    ("CPU of a core, 800 in a room", "≤ Colyseus", "half", "room-800", {"server_cpu": _PERCENT}),
    (
        "CPU of a core, 20 rooms of 10",
        "≤ Colyseus",
        "half",
        "rooms-20x10",
        {"server_cpu": _PERCENT},
    ),
    ("bytes per pose and receiver", "≤ 24", "≤ 12", "room-800", {"bytes_per_pose": "{:.1f}"}),
    (
        "latency in a room of ten, p50 / p99",
        "< 5 / < 25 ms",
        "p50 < 2 ms",
        "room-10",
        {"latency_p50_ms": _MS, "latency_p99_ms": _MS},
    ),
    (
        "memory per idle connection",
        "≤ 40 KiB",
        "≤ 16 KiB",
        "idle",
        {"kib_per_connection": _KIB},
    ),
    ("joins a second, room of 100", "500", "2,000", "joins", {"joins_per_s": _NUMBER}),
    ("flush of 10,000 poses", "< 100 ms", "", "flush", {"flush_p50_ms": _MS}),
    ("… makes the event loop late by at most", "< 20 ms", "", "flush", {"loop_late_max_ms": _MS}),
    ("cold start to first page", "< 1.5 s", "< 0.7 s", "cold-start", {"first_start_s": "{:.2f} s"}),
)


def _cell(medians: Medians, scenario: str, server: str, wanted: Mapping[str, str]) -> str:
    figures = medians.get(scenario, {}).get(server)
    if figures is None:
        return ""
    return " / ".join(form.format(figures[key]) for key, form in wanted.items())


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def facts(machine: Mapping[str, str]) -> str:
    """What was measured on."""
    return _table(["", ""], [[key, value] for key, value in machine.items()])


def all_tables(medians: Medians) -> dict[str, str]:
    """Each table by the marker of its place."""
    return {"budgets": _budgets(medians), "rooms": _rooms(medians)}


def _budgets(medians: Medians) -> str:
    rows = [
        [what, first, goal, *(_cell(medians, scenario, server, wanted) for server in SERVERS)]
        for what, first, goal, scenario, wanted in _BUDGETS
    ]
    return _table(["what", "target", "goal", *SERVERS.values()], rows)


def _rooms(medians: Medians) -> str:
    columns = {
        "poses delivered/s": {"poses_per_s": _NUMBER},
        "latency p50 / p99": {"latency_p50_ms": _MS, "latency_p99_ms": _MS},
        "age of what is known p50 / p99": {"age_p50_ms": _MS, "age_p99_ms": _MS},
        "server CPU": {"server_cpu": _PERCENT},
        "driver CPU": {"driver_cpu": _PERCENT},
        "bytes/pose": {"bytes_per_pose": "{:.1f}"},
    }
    rows = [
        [title, SERVERS[server], *(_cell(medians, name, server, each) for each in columns.values())]
        for name, title in _LOADS.items()
        for server in medians.get(name, {})
    ]
    return _table(["at 20 Hz, head only", "server", *columns], rows)
