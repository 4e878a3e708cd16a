"""The code of ``docs/extending.md``, as it stands there."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
_LISTING = re.compile(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def listing(path: str) -> str:
    """The text of the file that the page calls by this path."""
    found = dict(_LISTING.findall(PAGE.read_text()))
    assert path in found, f"the page shows {sorted(found)}"
    return str(found[path])


def load(path: str, folder: Path) -> ModuleType:
    """The page's module, written to ``folder`` and imported from there."""
    name = Path(path).stem
    file = folder / f"{name}.py"
    file.write_text(listing(path))
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # msgspec looks the annotations up there
    spec.loader.exec_module(module)
    return module
