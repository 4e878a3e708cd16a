"""Installs Debian's chromium for the browser tests where it may, and says what to do where not."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Do nothing if there is a browser; else install one, or stop with the command to type."""
    if any(map(shutil.which, NAMES)):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.exit(
            "The browser tests need chromium. On Debian: "
            "sudo apt-get update && sudo apt-get install chromium"
        )
    print("installing chromium for the browser tests", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
