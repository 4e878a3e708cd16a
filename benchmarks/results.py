"""The findings: faults, disturbances, and where it is kept: results.json, README.md."""

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import plot, tables
from benchmarks.measurement import Figures
from benchmarks.spread import Unit, shown, values_of

HERE = Path(__file__).resolve().parent
Found = dict[str, dict[str, list[Figures]]]
"""Scenario → server → one report a round."""

QUIET = 0.15  # cores that others may use before a run counts as disturbed
_FAULTS = ("duplicates", "older", "corrupt", "missing", "closed", "errors")
_ANY = Unit(places=3)


def faults(found: tables.Found) -> list[str]:
    """The messages that were lost or damaged on the way, in words; empty if all went well."""
    return [
        f"{name} {server}: {key} {figures[key]:g}"
        for name, by_server in found.items()
        for server, rounds in by_server.items()
        for figures in rounds
        for key in _FAULTS
        if figures.get(key)
    ]


def disturbed(found: tables.Found) -> list[str]:
    """The scenarios and servers beside which others used the machine, with how many rounds."""
    counts = {
        f"{name} {server}": (sum(each.get("others_cpu", 0) > QUIET for each in rounds), len(rounds))
        for name, by_server in found.items()
        for server, rounds in by_server.items()
    }
    return [f"{what} ({bad} of {of})" for what, (bad, of) in counts.items() if bad]


def show(name: str, by_server: Mapping[str, Sequence[Figures]]) -> None:
    """Print one scenario: each figure's median and range, the servers side by side."""
    print(f"{name:24}", *(f"{server:>32}" for server in by_server))
    for key in by_server["xr"][0]:
        cells = (values_of(rounds, key) for rounds in by_server.values())
        print(f"  {key:22}", *(f"{shown(cell, _ANY) if cell else '':>32}" for cell in cells))
    for each in disturbed({name: by_server}):
        print(f"  DISTURBED: others used the machine beside {each}")
    for fault in faults({name: by_server}):
        print(f"  FAULT {fault}")
    print(flush=True)


def write(found: Found, machine: Mapping[str, str]) -> None:
    """Write results.json, results.svg, and the tables of README.md."""
    kept = {"machine": machine, "found": found}
    (HERE / "results.json").write_text(json.dumps(kept, indent=1) + "\n")
    write_tables()


def write_tables() -> None:
    """Write results.svg and the tables of README.md anew from results.json."""
    kept = json.loads((HERE / "results.json").read_text())
    found: Found = kept["found"]
    (HERE / "results.svg").write_text(plot.svg(found))
    readme = HERE / "README.md"
    text = readme.read_text()
    made = {"machine": tables.facts(kept["machine"]), **tables.all_tables(found)}
    for marker, table in made.items():
        start, end = f"<!-- {marker} -->\n", f"<!-- end of {marker} -->"
        pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no place for {marker}")
        text = pattern.sub(lambda _, new=start + table + end: new, text)  # type: ignore[misc]
    readme.write_text(text)


def machine(found: Found, peers: str) -> dict[str, str]:
    """The facts that figures depend on; ``peers`` are their versions, if they were measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    memory = Path("/proc/meminfo").read_text().split()[1]
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": _said("git", "-C", str(HERE), "rev-parse", "--short", "HEAD"),
        "processor": f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{int(memory) / 1024 / 1024:.0f} GiB",
        "kernel": f"Linux {platform.release()}",
        "Python": platform.python_version(),
        "peers": peers or "not measured",
        "rounds": str(
            max(len(each) for by_server in found.values() for each in by_server.values())
        ),
        "disturbed by others": ", ".join(disturbed(found)) or "nothing",
    }


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
