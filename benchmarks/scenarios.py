"""What is measured: each scenario with its size, and how it is run against one server."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.servers import CHECKOUT, DRIVER_CORE, HERE, Running, start, tokens

Figures = dict[str, float]
"""What the driver reports of one run: name to number."""

_STORM_USERS = 20_000
_DECODED = 100  # clients that decode every record; the others count frames and bytes


@dataclass(frozen=True)
class Scenario:
    """One kind of run of the driver. Durations are in seconds.

    ``peers`` says whether the peers do it too, ``rounds`` how often, in turn with them.
    """

    name: str
    mode: str
    rooms: int
    size: int
    seconds: float = 8.0
    warm_up: float = 3.0
    base: int = 0
    at_a_time: int = 32
    peers: bool = True
    rounds: int = 1

    def quick(self) -> "Scenario":
        """The same in a few seconds, for a look and not for a figure."""
        return replace(self, seconds=3.0, warm_up=1.0, rounds=1)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("room-10", "load", 1, 10),
    Scenario("room-100", "load", 1, 100),
    Scenario("room-400", "load", 1, 400, peers=False),
    Scenario("room-800", "load", 1, 800, rounds=3),
    Scenario("room-1000", "load", 1, 1000, peers=False),
    Scenario("room-2000", "load", 1, 2000, warm_up=5.0),
    Scenario("rooms-20x10", "load", 20, 10, rounds=3),
    Scenario("idle", "idle", 11, 100, base=100),
    Scenario("joins", "storm", 1, 100, seconds=5.0, warm_up=2.0),
)


def run(scenario: Scenario, server: str, checkout: Path = CHECKOUT) -> Figures:
    """One round: a new server of that name, the driver on the other core.

    ``checkout`` is where our own server comes from; the peers have one place only.

    Raises:
        SystemExit: the server did not start, or the driver gave up; says why.
    """
    folders = tempfile.TemporaryDirectory(prefix="xr-bench-")
    with start(server, checkout) as running, folders as folder:
        clients = Path(folder, "clients")
        clients.write_text("\n".join(running.clients(scenario.rooms, scenario.size)))
        storm = Path(folder, "storm")
        if scenario.mode == "storm":
            storm.write_text("\n".join(tokens(_STORM_USERS)))
        arguments = _arguments(scenario, running, clients, storm)
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise SystemExit(f"{scenario.name} against {server}: {done.stderr.strip()}")
        figures: Figures = json.loads(done.stdout)
        if figures.get("joins_per_s"):
            figures["cpu_ms_per_join"] = figures["server_cpu"] * 1000 / figures["joins_per_s"]
        return figures


def _arguments(
    scenario: Scenario, running: Running, clients: Path, storm: Path
) -> Sequence[str | Path]:
    options: dict[str, object] = {
        "mode": scenario.mode,
        "dialect": running.dialect,
        "clients": clients,
        "port": running.port,
        "pid": running.pid,
        "processor": DRIVER_CORE,
        "decode-sample": max(1, scenario.rooms * scenario.size // _DECODED),
        "base": scenario.base,
        "concurrency": scenario.at_a_time,
        "warm-up": scenario.warm_up,
        "seconds": scenario.seconds,
    }
    if scenario.mode == "storm":
        options["storm"] = storm
    return [HERE / "build" / "driver", *(f"--{key}={value}" for key, value in options.items())]


def build_driver() -> None:
    """Compile the driver if its sources have changed."""
    subprocess.run(["make", "--silent", "--directory", HERE], check=True)


def install_peers() -> None:
    """Fetch the peers' packages, as locked, unless they are there."""
    if not (HERE / "peers" / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE / "peers", check=True)
