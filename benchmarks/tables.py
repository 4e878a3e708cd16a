"""The tables of README.md, in Markdown: medians, and in brackets the least and the most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measurement import Figures
from benchmarks.servers import PEERS
from benchmarks.spread import (
    CPU_MS,
    KIB,
    MS,
    NUMBER,
    PERCENT,
    SECONDS,
    TENTHS,
    Unit,
    shown,
    values_of,
)

Found = Mapping[str, Mapping[str, Sequence[Figures]]]
"""Scenario → server → one report a round."""

SERVERS = {"xr": "xr", **{name: peer.title for name, peer in PEERS.items()}}
LOADS = {
    "room-10": "one room of 10",
    "room-100": "one room of 100",
    "room-100-tls": "one room of 100, TLS",
    "room-400": "one room of 400",
    "room-400-tls": "one room of 400, TLS",
    "room-800": "one room of 800",
    "room-1000": "one room of 1,000",
    "room-2000": "one room of 2,000",
    "rooms-20x10": "20 rooms of 10",
}
COLUMNS: Mapping[str, Mapping[str, Unit]] = {
    "poses delivered/s": {"poses_per_s": NUMBER},
    "of all": {"delivered": PERCENT},
    "latency p50 / p99": {"latency_p50_ms": MS, "latency_p99_ms": MS},
    "age of what is known p50 / p99": {"age_p50_ms": MS, "age_p99_ms": MS},
    "server CPU": {"server_cpu": PERCENT},
    "driver CPU": {"driver_cpu": PERCENT},
    "bytes/pose": {"bytes_per_pose": TENTHS},
}

VOICES = {
    "voice-20": "20 users, 3 talk",
    "voice-100": "100 users in one place, 8 talk",
    "voice-500x10": "500 users in 10 groups, 20 talk",
}
VOICE_COLUMNS: Mapping[str, Mapping[str, Unit]] = {
    "packets heard/s": {"heard_per_s": NUMBER},
    "of all": {"voice_delivered": PERCENT},
    "lateness p50 / p99": {"lateness_p50_ms": MS, "lateness_p99_ms": MS},
    "server CPU": {"server_cpu": PERCENT},
    "… while nobody talks": {"silent_cpu": PERCENT},
    "kbit/s a listener": {"voice_kbit_per_listener": TENTHS},
    "Mbit/s in all": {"voice_mbit_per_s": TENTHS},
}


@dataclass(frozen=True)
class Budget:
    """A row of the first table: what is promised now, where it must go, and what shows it."""

    title: str
    target: str
    goal: str
    scenario: str
    figures: Mapping[str, Unit]


BUDGETS = (
    Budget("p99 in a room of 1,000", "< 150 ms", "", "room-1000", {"latency_p99_ms": MS}),
    Budget("… of the poses arrive", "≥ 95 %", "", "room-1000", {"delivered": PERCENT}),
    Budget("p99 in a room of 2,000", "", "< 150 ms", "room-2000", {"latency_p99_ms": MS}),
    Budget(
        "CPU of a core, 800 in a room",
        "55 %",
        "the `picows` relay's",
        "room-800",
        {"server_cpu": PERCENT},
    ),
    Budget(
        "CPU of a core, 20 rooms of 10",
        "18 %",
        "the `picows` relay's",
        "rooms-20x10",
        {"server_cpu": PERCENT},
    ),
    Budget("CPU of a core, 100 in a room", "14 %", "8 %", "room-100", {"server_cpu": PERCENT}),
    Budget(
        "… with TLS in the process", "≤ 1.4 × plain", "", "room-100-tls", {"server_cpu": PERCENT}
    ),
    Budget(
        "CPU of a core, 400 in a room, TLS", "< 60 %", "", "room-400-tls", {"server_cpu": PERCENT}
    ),
    Budget("… its p99", "< 100 ms", "", "room-400-tls", {"latency_p99_ms": MS}),
    Budget("bytes per pose and receiver", "16", "≤ 12", "room-800", {"bytes_per_pose": TENTHS}),
    Budget(
        "latency in a room of ten, p50 / p99",
        "< 2 / < 25 ms",
        "",
        "room-10",
        {"latency_p50_ms": MS, "latency_p99_ms": MS},
    ),
    Budget(
        "memory a client, 800 in a room", "≤ 10 KiB", "", "room-800", {"kib_per_connection": KIB}
    ),
    Budget("memory a silent client", "≤ 16 KiB", "", "idle", {"kib_per_connection": KIB}),
    Budget("… with TLS", "≤ 40 KiB", "", "idle-tls", {"kib_per_connection": KIB}),
    Budget("joins a second", "900", "2,000", "joins", {"joins_per_s": NUMBER}),
    Budget("… with the room's page", "400", "", "joins-page", {"joins_per_s": NUMBER}),
    Budget("CPU of a room's page", "< 1 ms", "", "page-room", {"cpu_ms_per_page": CPU_MS}),
    Budget("… with a cookie", "< 1 ms", "", "page-room-cookie", {"cpu_ms_per_page": CPU_MS}),
    Budget("CPU of the list of 1,000 rooms", "", "", "page-list", {"cpu_ms_per_page": CPU_MS}),
    Budget("flush of 10,000 poses", "< 100 ms", "", "flush", {"flush_p50_ms": MS}),
    Budget(
        "… makes the event loop late by at most", "< 20 ms", "", "flush", {"loop_late_max_ms": MS}
    ),
    Budget("CPU of voice, 20 users, 3 talk", "≤ 3 %", "", "voice-20", {"voice_cpu": PERCENT}),
    Budget("CPU of voice, 100 users, 8 talk", "≤ 25 %", "", "voice-100", {"voice_cpu": PERCENT}),
    Budget("cold start to first page", "0.7 s", "0.5 s", "cold-start", {"first_start_s": SECONDS}),
)


def facts(machine: Mapping[str, str]) -> str:
    """The facts that figures depend on."""
    return _table(["", ""], [[key, value] for key, value in machine.items()])


def all_tables(found: Found) -> dict[str, str]:
    """Each table by the marker of its place."""
    voices = _loads(found, VOICES, "at 20 Hz, head only", VOICE_COLUMNS)
    rooms = _loads(found, LOADS, "at 20 Hz, head only", COLUMNS)
    return {"budgets": _budgets(found), "rooms": rooms, "voices": voices}


def _budgets(found: Found) -> str:
    servers = [name for name in SERVERS if any(name in by_server for by_server in found.values())]
    rows = [
        [
            budget.title,
            budget.target,
            budget.goal,
            *(_cell(found, budget.scenario, server, budget.figures) for server in servers),
        ]
        for budget in BUDGETS
    ]
    return _table(["what", "target", "goal", *(SERVERS[name] for name in servers)], rows)


def _loads(
    found: Found, loads: Mapping[str, str], head: str, columns: Mapping[str, Mapping[str, Unit]]
) -> str:
    rows = [
        [title, SERVERS[server], *(_cell(found, name, server, each) for each in columns.values())]
        for name, title in loads.items()
        for server in found.get(name, {})
    ]
    return _table([head, "server", *columns], rows)


def _cell(found: Found, scenario: str, server: str, wanted: Mapping[str, Unit]) -> str:
    rounds = found.get(scenario, {}).get(server, [])
    values = {key: values_of(rounds, key) for key in wanted}
    if not all(values.values()):
        return ""
    return " / ".join(shown(values[key], unit) for key, unit in wanted.items())


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
