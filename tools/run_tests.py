"""Run all tests, those of the browser beside the others, and print what each part said.

Usage: python tools/run_tests.py

A browser that draws in software leaves half of a second core idle, and most other tests wait for
sockets and clocks: together they need half the time. The unit tests take longest, so the simulation
follows the browser, and the site of the docs, whose warnings are faults, follows that. Tests that
are marked ``timing`` judge how long something takes, so they come last and have the machine to
themselves. The exit code is that of the first part that failed.

Coverage is measured of the unit tests alone: the simulation would take three times as long, and the
servers of the other parts are processes of their own.
"""

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
BROWSER = "tests/browser"
SIMULATION = "tests/simulation"
PYTEST = ("-m", "pytest", "--durations=12")
INTERRUPTED = 2  # pytest's exit code after Ctrl-C
UNIT = (f"--ignore={BROWSER}", f"--ignore={SIMULATION}", "-m", "not timing")


def main() -> int:
    """Run all parts."""
    with tempfile.TemporaryFile("w+") as told:
        with ThreadPoolExecutor() as beside:
            others = beside.submit(browser_simulation_and_docs, told)
            unit = subprocess.call(python("-m", "coverage", "run", *PYTEST, *UNIT), cwd=ROOT)
        told.seek(0)
        print(told.read(), flush=True)
    timing = subprocess.call(python(*PYTEST, f"--ignore={BROWSER}", "-m", "timing"), cwd=ROOT)
    return unit or others.result() or timing


def browser_simulation_and_docs(told: TextIO) -> int:
    """Run one after the other, which write to ``told``; Ctrl-C in the first ends all."""
    browser = subprocess.call(python(*PYTEST, BROWSER), cwd=ROOT, stdout=told, stderr=told)
    if browser == INTERRUPTED:
        return browser
    simulation = subprocess.call(python(*PYTEST, SIMULATION), cwd=ROOT, stdout=told, stderr=told)
    docs = subprocess.call(("nice", "make", "docs"), cwd=ROOT, stdout=told, stderr=told)
    return browser or simulation or docs


def python(*arguments: str) -> list[str]:
    """The command that runs Python with these arguments."""
    return [sys.executable, *arguments]


if __name__ == "__main__":
    sys.exit(main())
