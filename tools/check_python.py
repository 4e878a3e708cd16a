"""Says in plain words what is missing before a virtual environment can be made."""

import importlib.util
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
    sys.exit(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}.")
if importlib.util.find_spec("ensurepip") is None:
    sys.exit("Python's venv module is not complete. On Debian: apt-get install python3-venv")
