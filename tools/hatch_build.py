"""Hatchling's build hook: the browser client goes into the sdist and the wheel, built."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs ``tools/build_web.py``; a wheel carries the result as ``xr/_web``."""

    def dependencies(self) -> list[str]:
        """The build's own environment needs Node, where the machine has none and it builds."""
        if self._is_built() or (shutil.which("node") and shutil.which("npm")):
            return []
        lock = Path(self.root, "tools", "node.lock").read_text()
        return [next(line.split()[0] for line in lock.splitlines() if line.startswith("nodejs"))]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the client. An editable install is for developers, whose `make` does it."""
        if version == "editable":
            return
        if not self._is_built():
            build_web = Path(self.root, "tools", "build_web.py")
            subprocess.run([sys.executable, str(build_web)], check=True)
        if self.target_name == "wheel":
            build_data["force_include"][str(Path(self.root, "web", "dist"))] = "xr/_web"

    def _is_built(self) -> bool:
        """Whether this is an unpacked sdist, which has the client that it was released with."""
        root = Path(self.root)
        return (root / "PKG-INFO").is_file() and (root / "web/dist/.vite/manifest.json").is_file()
