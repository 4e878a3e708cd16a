"""Prints ``good`` if the environment that runs this is whole and belongs to this checkout.

An environment knows its place: its scripts name their Python by the whole path, and its ``xr`` is
that of the checkout. Moved, copied, or with another Python than it was made with, it is of no use.
Only the standard library.
"""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def is_good(root: Path, scripts: Path) -> bool:
    """Whether ``xr`` is that of ``root``, and the script that starts it finds its Python."""
    spec = importlib.util.find_spec("xr")
    if spec is None or spec.origin is None:
        return False
    script = scripts / "xr"
    return Path(spec.origin).resolve().is_relative_to(root) and (
        script.exists() and str(scripts) in script.read_text(errors="replace")
    )


if __name__ == "__main__" and is_good(ROOT, ROOT / ".venv" / "bin"):
    print("good")
    sys.exit(0)
