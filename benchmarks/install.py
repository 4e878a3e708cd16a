"""Builds and fetches what the bench needs and the repository does not hold, below ``build``."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.servers import HERE

_NODE_PEERS = HERE / "peers" / "node_modules"
_PICOWS = HERE / "build" / "picows"
_PICOWS_LOCK = HERE / "peers" / "picows.lock"


def build_driver() -> None:
    """Compile the driver if its sources have changed.

    Raises:
        SystemExit: it cannot be compiled; make has said why.
    """
    if subprocess.run(["make", "--silent", "--directory", HERE], check=False).returncode:
        raise SystemExit("the load driver could not be built")


def install_peers() -> None:
    """Fetch the peers' packages, as locked, unless they are there."""
    if not _NODE_PEERS.is_dir():
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE / "peers", check=True)
    stamp = _PICOWS / "installed.lock"
    if not stamp.exists() or stamp.read_bytes() != _PICOWS_LOCK.read_bytes():
        _install_picows(stamp)


def _install_picows(stamp: Path) -> None:
    """Make a throw-away environment; the stamp is written last."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", _PICOWS], check=True)
    python, options = str(_PICOWS / "bin" / "python"), "--quiet --disable-pip-version-check"
    locked = ["--only-binary", ":all:", "--require-hashes", "-r", str(_PICOWS_LOCK)]
    subprocess.run([python, "-m", "pip", "install", *options.split(), *locked], check=True)
    stamp.write_bytes(_PICOWS_LOCK.read_bytes())


def peer_versions() -> str:
    """The peers and their versions, in words."""
    wanted = json.loads((HERE / "peers" / "package.json").read_text())["dependencies"]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    locked = _PICOWS_LOCK.read_text().partition("picows==")[2].split()[0]
    return (
        f"Colyseus {wanted['@colyseus/core']} and ws {wanted['ws']} on Node {node.stdout.strip()};"
        f" picows {locked} on asyncio"
    )
