"""Starts and stops what is measured, each pinned to core 0: our server, and the two peers.

A ``Running`` server is a process that listens; whoever started it owns it until its block ends.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from xr.pages.identity import Identity

HERE = Path(__file__).resolve().parent
SECRET = "a secret for benchmarks only"
SERVER_CORE, DRIVER_CORE = 0, 1
START_DEADLINE = 20.0
_NO_LIMITS = {
    "XR_MAX_CLIENTS": "0",
    "XR_MAX_PER_ROOM": "0",
    "XR_MAX_PER_ADDRESS": "0",
    "XR_JOIN_RATE": "0",
}


@dataclass(frozen=True)
class Running:
    """A server that listens on 127.0.0.1. ``dialect`` is what the driver speaks with it."""

    name: str
    dialect: str
    port: int
    pid: int

    def clients(self, rooms: int, size: int) -> list[str]:
        """Lines for the driver, ``room token``: ``size`` clients in each of new ``rooms``."""
        if self.dialect != "xr":
            return [f"room-{room} -" for room in range(rooms) for _ in range(size)]
        return [f"{room} {token}" for room in self._new_rooms(rooms) for token in tokens(size)]

    def _new_rooms(self, count: int) -> list[str]:
        base = f"http://127.0.0.1:{self.port}"
        for number in range(count):
            form = urlencode({"name": f"bench {number}"}).encode()
            urlopen(f"{base}/rooms", data=form, timeout=10).close()
        with urlopen(f"{base}/api/rooms", timeout=10) as answer:
            return [room["id"] for room in json.load(answer)][:count]


def tokens(count: int) -> list[str]:
    """Socket tokens of so many new users."""
    identity = Identity(SECRET)
    return [identity.sign_token(identity.new_user()) for _ in range(count)]


@contextmanager
def start(name: str) -> Iterator[Running]:
    """Run ``xr``, ``relay`` or ``colyseus`` until the end of the block."""
    if name == "xr":
        with tempfile.TemporaryDirectory(prefix="xr-bench-") as folder, xr(Path(folder)) as running:
            yield running
    else:
        port = free_port()
        command = ["node", f"peers/{name}.mjs", str(port)]
        environment = {**os.environ, "NODE_ENV": "production"}
        dialect = "ws" if name == "relay" else name
        with _process(command, environment, "ready") as process:
            yield Running(name, dialect, port, process.pid)


@contextmanager
def xr(folder: Path, ready: str = "xr serves") -> Iterator[Running]:
    """Our server with its database in ``folder`` and its limits off, once it said ``ready``."""
    port = free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("XR_")},
        **_NO_LIMITS,
        "XR_SECRET_KEY": SECRET,
        "XR_PORT": str(port),
        "XR_DATABASE": str(folder / "xr.db"),
    }
    with _process([sys.executable, "-m", "xr", "serve"], environment, ready) as process:
        yield Running("xr", "xr", port, process.pid)


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], ready: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A child on the server's core, from the moment its output has ``ready``."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            command,
            cwd=HERE.parent if command[0] == sys.executable else HERE,
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=pin_to_server_core,
        )
        try:
            _wait_for(child, output.fileno(), ready.encode())
            yield child
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_for(child: subprocess.Popen[bytes], output: int, ready: bytes) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while True:
        said = os.pread(output, 65536, 0)
        if ready in said:
            return
        if child.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{child.args!r} did not start:\n{said.decode(errors='replace')}")
        time.sleep(0.02)


def pin_to_server_core() -> None:
    """Keep this process on the core that servers are measured on, where there are two."""
    if (os.cpu_count() or 1) > DRIVER_CORE:
        os.sched_setaffinity(0, {SERVER_CORE})


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, below those that the kernel gives to clients."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise SystemExit("no free port")
