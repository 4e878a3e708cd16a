"""Found on PYTHONPATH, it shifts this process's wall clock by what stands in a file, in seconds."""

import os
import time
from pathlib import Path

_file = Path(os.environ["XR_SHIFT"])
_true = time.time


def _shifted() -> float:
    return _true() + float(_file.read_text())


time.time = _shifted
