"""What was found: medians over rounds, faults, and where it is kept: results.json, README.md."""

import json
import os
import platform
import re
import statistics
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks import plot, tables
from benchmarks.scenarios import Figures

HERE = Path(__file__).resolve().parent
Found = dict[str, dict[str, list[Figures]]]
"""Scenario → server → one report a round."""

QUIET = 0.15  # cores that others may use before a run counts as disturbed
_FAULTS = ("duplicates", "older", "corrupt", "missing", "closed", "errors")


def median(rounds: Iterable[Figures]) -> Figures:
    """The median of each figure over the rounds."""
    reports = list(rounds)
    return {key: statistics.median(each[key] for each in reports) for key in reports[0]}


def medians(found: Found) -> tables.Medians:
    """The medians of every scenario and server."""
    return {
        name: {server: median(rounds) for server, rounds in by_server.items()}
        for name, by_server in found.items()
    }


def faults(found: Found) -> list[str]:
    """What was lost or damaged on the way, in words; empty if all went well."""
    return [
        f"{name} {server}: {key} {figures[key]:g}"
        for name, by_server in found.items()
        for server, rounds in by_server.items()
        for figures in rounds
        for key in _FAULTS
        if figures.get(key)
    ]


def disturbed(found: Found) -> list[str]:
    """The scenarios and servers beside which others used the machine, by their medians."""
    return [
        f"{name} {server}"
        for name, by_server in medians(found).items()
        for server, figures in by_server.items()
        if figures.get("others_cpu", 0) > QUIET
    ]


def show(name: str, by_server: Mapping[str, list[Figures]]) -> None:
    """Print the medians of one scenario side by side, and how our server compares."""
    by_name = {server: median(rounds) for server, rounds in by_server.items()}
    print(f"{name:24}", *(f"{server:>24}" for server in by_name))
    ours = by_name["xr"]
    for key, value in ours.items():
        cells = [f"{value:>24,.3f}"]
        for server, figures in by_name.items():
            if server != "xr":
                ratio = f"(xr is {value / figures[key]:.2f})" if figures[key] else ""
                cells.append(f"{figures[key]:>12,.3f} {ratio:>11}")
        print(f"  {key:22}", *cells)
    for each in disturbed({name: dict(by_server)}):
        print(f"  DISTURBED: others used the machine beside {each}")
    for fault in faults({name: dict(by_server)}):
        print(f"  FAULT {fault}")
    print(flush=True)


def write(found: Found) -> None:
    """Write results.json, results.svg, and the tables of README.md."""
    facts = {**machine(), "disturbed by others": ", ".join(disturbed(found)) or "nothing"}
    kept = {"machine": facts, "found": found}
    (HERE / "results.json").write_text(json.dumps(kept, indent=1) + "\n")
    by_name = medians(found)
    (HERE / "results.svg").write_text(plot.svg(by_name))
    readme = HERE / "README.md"
    text = readme.read_text()
    for marker, table in {"machine": tables.facts(facts), **tables.all_tables(by_name)}.items():
        start, end = f"<!-- {marker} -->\n", f"<!-- end of {marker} -->"
        pattern = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no place for {marker}")
        text = pattern.sub(lambda _, new=start + table + end: new, text)  # type: ignore[misc]
    readme.write_text(text)


def machine() -> dict[str, str]:
    """The facts that figures depend on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    facts = {
        "date": time.strftime("%Y-%m-%d"),
        "commit": _said("git", "-C", str(HERE), "rev-parse", "--short", "HEAD"),
        "processor": f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores",
        "kernel": f"Linux {platform.release()}",
        "Python": platform.python_version(),
    }
    if (HERE / "peers" / "node_modules").is_dir():
        wanted = json.loads((HERE / "peers" / "package.json").read_text())["dependencies"]
        facts["peers"] = (
            f"Colyseus {wanted['@colyseus/core']} and ws {wanted['ws']}"
            f" on Node {_said('node', '--version')}"
        )
    return facts


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
