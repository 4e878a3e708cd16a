"""Run all tests, those of the browser beside the others, and print what each part said.

Usage: python tools/run_tests.py

A browser that draws in software leaves half of a second core idle, and most other tests wait for
sockets and clocks: together they need half the time. Tests that are marked ``timing`` judge how
long something takes, so they come last and have the machine to themselves. The exit code is that of
the first part that failed. Coverage is written to a file for each part.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSER = "tests/browser"


def main() -> int:
    """Run the three parts."""
    with tempfile.TemporaryFile("w+") as told:
        browser = subprocess.Popen(command(BROWSER), cwd=ROOT, stdout=told, stderr=told)
        try:
            others = subprocess.call(command(f"--ignore={BROWSER}", "-m", "not timing"), cwd=ROOT)
            browser.wait()
        finally:
            browser.kill()
        told.seek(0)
        print(told.read(), flush=True)
    alone = subprocess.call(command(f"--ignore={BROWSER}", "-m", "timing"), cwd=ROOT)
    return others or browser.returncode or alone


def command(*arguments: str) -> list[str]:
    """Pytest under coverage, with these arguments."""
    return [sys.executable, "-m", "coverage", "run", "-m", "pytest", "--durations=12", *arguments]


if __name__ == "__main__":
    sys.exit(main())
