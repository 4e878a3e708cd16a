"""Runs of the load driver: clients that move, talk, are silent, or come and go."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measurement import Figures
from benchmarks.servers import DRIVER_CORE, HERE, Running, start, tokens

_NEWCOMERS = 20_000
_DECODED = 100  # clients that decode every record; the others count frames and bytes
_OVERHEAD = {"load": 3.0, "voice": 14.0, "idle": 15.0, "storm": 3.0}
_DEADLINE = 300.0


@dataclass(frozen=True)
class Load:
    """One run of the driver. Durations are in seconds.

    ``mode`` is ``load`` (they move), ``voice`` (so many ``talkers`` talk besides, and all stand in
    ``groups`` out of earshot of each other), ``idle`` (they are silent) or ``storm`` (they come and
    go beside those who stay). ``page`` is for newcomers who load the room's page first and take
    their name from it.
    """

    name: str
    mode: str
    rooms: int
    size: int
    seconds: float = 8.0
    warm_up: float = 3.0
    base: int = 0
    at_a_time: int = 32
    tls: bool = False
    page: bool = False
    peers: bool = False
    talkers: int = 0
    groups: int = 1

    @property
    def takes(self) -> float:
        moving = 0 if self.mode == "idle" else self.warm_up + self.seconds
        return moving + _OVERHEAD[self.mode] + self.rooms * self.size / 400

    def quick(self) -> "Load":
        return replace(self, seconds=3.0, warm_up=1.0)

    def run(self, server: str, checkout: Path) -> Figures:
        folders = tempfile.TemporaryDirectory(prefix="xr-bench-")
        with start(server, checkout, self.tls) as running, folders as folder:
            arguments = self._arguments(running, Path(folder))
            try:
                done = subprocess.run(
                    arguments, capture_output=True, text=True, timeout=_DEADLINE, check=False
                )
            except subprocess.TimeoutExpired:
                raise SystemExit(f"{self.name} against {server}: not over in time") from None
        if done.returncode:
            raise SystemExit(f"{self.name} against {server}: {done.stderr.strip()}")
        figures: Figures = json.loads(done.stdout)
        if "poses_per_s" in figures:
            due = self.size * self.size * self.rooms * figures["hertz"]
            figures["delivered"] = round(figures["poses_per_s"] / due, 4)
        if figures.get("joins_per_s"):
            figures["cpu_ms_per_join"] = figures["server_cpu"] * 1000 / figures["joins_per_s"]
        return figures

    def _dialect(self, plain: str) -> str:
        if self.page:
            return f"{plain}-page"
        return f"{plain}-voice" if self.mode == "voice" else plain

    def _arguments(self, running: Running, folder: Path) -> Sequence[str | Path]:
        clients, newcomers = folder / "clients", folder / "newcomers"
        clients.write_text("\n".join(running.clients(self.rooms, self.size)))
        options: dict[str, object] = {
            "mode": self.mode,
            "dialect": self._dialect(running.dialect),
            "clients": clients,
            "port": running.port,
            "tls": int(running.tls),
            "pid": running.pid,
            "processor": DRIVER_CORE,
            "decode-sample": max(1, self.rooms * self.size // _DECODED),
            "base": self.base,
            "concurrency": self.at_a_time,
            "warm-up": self.warm_up,
            "seconds": self.seconds,
            "talkers": self.talkers,
            "groups": self.groups,
        }
        if self.mode == "storm":
            newcomers.write_text("\n".join(tokens(_NEWCOMERS)))
            options["storm"] = newcomers
        return [HERE / "build" / "driver", *(f"--{key}={value}" for key, value in options.items())]
