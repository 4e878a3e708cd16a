"""Says in plain words what is missing before a virtual environment can be made."""

import importlib.util
import shutil
import sys
import tempfile

NEEDED = 400
"""Megabytes of temporary files while Node and the tools are unpacked."""

if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
    sys.exit(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}.")
if importlib.util.find_spec("ensurepip") is None:
    sys.exit("Python's venv module is not complete. On Debian: apt-get install python3-venv")

folder = tempfile.gettempdir()
free = shutil.disk_usage(folder).free >> 20
if free < NEEDED:
    print(
        f"Only {free} MB are free in {folder}, and up to {NEEDED} MB of temporary files are needed."
        " If it fails, set TMPDIR to a folder with more room: mkdir .tmp; TMPDIR=$PWD/.tmp make …",
        file=sys.stderr,
    )
