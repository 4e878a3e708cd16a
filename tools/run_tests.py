"""Run all tests, those of the browser beside the others, and print what each part said.

Usage: python tools/run_tests.py

A browser that draws in software leaves half of a second core idle, and most other tests wait for
sockets and clocks: together they need half the time. Tests that are marked ``timing`` judge how
long something takes, so they come last and have the machine to themselves. The exit code is that of
the first part that failed.

Coverage is measured of the unit tests alone: the simulation would take three times as long, and the
servers of the other parts are processes of their own.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSER = "tests/browser"
SIMULATION = "tests/simulation"
PYTEST = ("-m", "pytest", "--durations=12")
UNIT = (f"--ignore={BROWSER}", f"--ignore={SIMULATION}", "-m", "not timing")


def main() -> int:
    """Run all parts."""
    with tempfile.TemporaryFile("w+") as told:
        browser = subprocess.Popen(python(*PYTEST, BROWSER), cwd=ROOT, stdout=told, stderr=told)
        try:
            unit = subprocess.call(python("-m", "coverage", "run", *PYTEST, *UNIT), cwd=ROOT)
            simulation = subprocess.call(python(*PYTEST, SIMULATION), cwd=ROOT)
            browser.wait()
        finally:
            browser.kill()
        told.seek(0)
        print(told.read(), flush=True)
    timing = subprocess.call(python(*PYTEST, f"--ignore={BROWSER}", "-m", "timing"), cwd=ROOT)
    return unit or simulation or browser.returncode or timing


def python(*arguments: str) -> list[str]:
    """The command that runs Python with these arguments."""
    return [sys.executable, *arguments]


if __name__ == "__main__":
    sys.exit(main())
