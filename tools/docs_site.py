"""The docs as a site: ``make docs`` copies the pages to build/docs and lets mkdocs build them.

Without dependencies; the tests use it to follow the links of the pages as they lie here.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).parent.parent
STAGE = ROOT / "build" / "docs"

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def pages() -> list[Path]:
    """Every page of the docs, README and benchmarks among them."""
    single = (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))
    return [*single, ROOT / "benchmarks" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The file and the anchor ("" is its top) of each link to a file of ours."""
    text = _CODE.sub("", _FENCE.sub("", page.read_text()))
    for target in _LINK.findall(text):
        if "://" not in target and not target.startswith("mailto:"):
            name, _, anchor = unquote(target).partition("#")
            yield (page.parent / name).resolve() if name else page, anchor


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text()))
    return {_slug(re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", heading)) for heading in headings}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def stage() -> None:
    """Copy the pages, and the pictures and files that they link to, into an empty folder."""
    shutil.rmtree(STAGE, ignore_errors=True)
    for page in pages():
        for path in {page, *(target for target, _ in links(page))}:
            copy = STAGE / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


if __name__ == "__main__":
    stage()
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean"]
    sys.exit(subprocess.run(build, cwd=ROOT, check=False).returncode)
