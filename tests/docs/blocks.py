"""The command blocks of the docs: collected, and run by a shell as a reader would type them."""

import re
from dataclasses import dataclass
from pathlib import Path

from tools.docs_site import ROOT

_PAGE = re.compile(r"^<!-- no block of this page is run: (.+?) -->$", re.MULTILINE)
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why>[^\n]+?) -->\n+)?^```(?:sh|bash|console)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A block of commands; ``why`` is the reason why it is not run, "" where it is."""

    page: Path
    line: int
    text: str
    why: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in their order."""
    text = page.read_text()
    of_page = _PAGE.search(text)
    return [
        Block(
            page,
            text[: found.start("text")].count("\n"),
            found["text"],
            found["why"] or (of_page[1] if of_page else ""),
        )
        for found in _BLOCK.finditer(text)
    ]
