"""Starts and stops what is measured, each pinned to core 0: our server, and its peers.

A ``Running`` server is a process that listens; its block ends it.
"""

import http.client
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import trustme

from xr.identity import Identity

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
SECRET = "a secret for benchmarks only"
SERVER_CORE, DRIVER_CORE = 0, 1
START_DEADLINE = 20.0
_NO_LIMITS = {
    "XR_MAX_CLIENTS": "0",
    "XR_MAX_PER_ROOM": "0",
    "XR_MAX_PER_ADDRESS": "0",
    "XR_MAX_ROOMS": "0",
    "XR_JOIN_RATE": "0",
    "XR_PAGE_RATE": "0",
    "XR_ROOM_RATE": "0",
}


@dataclass(frozen=True)
class Peer:
    """A server that does the same work. ``dialect`` is what the driver speaks with it."""

    title: str
    dialect: str
    command: tuple[str, ...]


PEERS: Mapping[str, Peer] = {
    "colyseus": Peer("Colyseus", "colyseus", ("node", "peers/colyseus.mjs")),
    "relay": Peer("`ws` relay", "ws", ("node", "peers/relay.mjs")),
    "picows": Peer("`picows` relay", "ws", ("build/picows/bin/python", "peers/picows_relay.py")),
}


@dataclass(frozen=True)
class Running:
    """A server that listens on 127.0.0.1. ``dialect`` is what the driver speaks with it."""

    dialect: str
    port: int
    pid: int
    tls: bool = False

    def connect(self) -> http.client.HTTPConnection:
        """A connection for requests, to be closed by who asked for it."""
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE  # the certificate was made for this run
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=10, context=trusting)

    def clients(self, rooms: int, size: int) -> list[str]:
        """Lines for the driver, ``room token``: ``size`` clients in each of new ``rooms``."""
        if self.dialect != "xr":
            return [f"room-{room} -" for room in range(rooms) for _ in range(size)]
        return [f"{room} {token}" for room in self.new_rooms(rooms) for token in tokens(size)]

    def new_rooms(self, count: int) -> list[str]:
        """Make so many rooms; their ids."""
        connection = self.connect()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            for number in range(count):
                body = urlencode({"name": f"bench {number}"})
                connection.request("POST", "/rooms", body, form)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 303:
                    raise SystemExit(f"no room was made: HTTP {answer.status}")
            connection.request("GET", "/api/rooms")
            return [room["id"] for room in json.load(connection.getresponse())][:count]
        finally:
            connection.close()


def tokens(count: int) -> list[str]:
    """Socket tokens of so many new users."""
    identity = Identity(SECRET)
    return [identity.sign_token(identity.new_user()) for _ in range(count)]


@contextmanager
def start(
    name: str, checkout: Path = CHECKOUT, tls: bool = False, host: str = ""
) -> Iterator[Running]:
    """Run ``xr`` (of that checkout, with TLS or without) or a peer until the end of the block.

    ``host`` is where ``xr`` listens, if not at 127.0.0.1.

    Raises:
        SystemExit: it did not start; says why.
    """
    if name == "xr":
        folders = tempfile.TemporaryDirectory(prefix="xr-bench-")
        with folders as folder, xr(Path(folder), checkout, tls, host) as running:
            _wait_for_listener(running.port)
            yield running
    else:
        port = free_port()
        environment = {**os.environ, "NODE_ENV": "production"}
        with _process([*PEERS[name].command, str(port)], HERE, environment) as process:
            _wait_for_listener(port)
            yield Running(PEERS[name].dialect, port, process.pid)


@contextmanager
def xr(
    folder: Path, checkout: Path = CHECKOUT, tls: bool = False, host: str = ""
) -> Iterator[Running]:
    """Our server with its database in ``folder`` and its limits off; it may not listen yet."""
    port = free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("XR_")},
        **_NO_LIMITS,
        "XR_SECRET_KEY": SECRET,
        "XR_PORT": str(port),
        "XR_DATABASE": str(folder / "xr.db"),
    }
    if host:
        environment["XR_HOST"] = host
    if tls:
        environment |= _certificate(folder)
    command = [python_of(checkout), "-m", "xr", "serve"]
    with _process(command, checkout, environment) as process:
        yield Running("xr", port, process.pid, tls)


def _certificate(folder: Path) -> dict[str, str]:
    """Settings that name a new certificate and its key."""
    chain, key = folder / "chain.pem", folder / "key.pem"
    issued = trustme.CA().issue_cert("127.0.0.1")
    chain.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))
    return {"XR_TLS_CERTIFICATE": str(chain), "XR_TLS_KEY": str(key)}


def python_of(checkout: Path) -> str:
    """The interpreter of a checkout: of its own virtual environment, this one's for our own.

    Raises:
        SystemExit: the checkout has none; says how to make it.
    """
    if checkout == CHECKOUT:
        return sys.executable
    python = checkout / ".venv" / "bin" / "python"
    if not python.exists():
        raise SystemExit(
            f"{checkout} has no .venv; make it: cd {checkout} && make .venv/.runtime"
            " && python3 tools/build_web.py"
        )
    return str(python)


@contextmanager
def _process(
    command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A child on the server's core, ended with the block; if it ended by itself, says its words."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=pin_to_server_core,
        )
        try:
            yield child
        finally:
            ended_early = child.poll() is not None
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            if ended_early:
                said = os.pread(output.fileno(), 65536, 0).decode(errors="replace")
                print(f"{command!r} ended by itself:\n{said}", file=sys.stderr)


def _wait_for_listener(port: int) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while True:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing listens on port {port} after {START_DEADLINE:g} s")
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
