"""Templates to HTML, without Quart's own way: nothing waits, and no request is looked at."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import trio
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_TEMPLATES.filters["day"] = lambda moment: f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"
_HOLE = re.compile(r"\0(\w+)\0")


_LINK = re.compile(r'( (?:href|src|action)=")/(?!/)')
_PREFIX: ContextVar[str] = ContextVar("prefix", default="")


@contextmanager
def linked_below(prefix: str) -> Iterator[None]:
    """Let the links of pages that are rendered in this block begin with the prefix."""
    before = _PREFIX.set(prefix)
    try:
        yield
    finally:
        _PREFIX.reset(before)


def render(template: str, **values: object) -> str:
    """The page that the template makes of ``values``.

    Templates link from the root of the server; the prefix is put in front once, in the whole page
    and not in its parts (``_item.html``). Nothing that a visitor wrote is taken for a link, because
    its quotes are escaped.
    """
    page = _TEMPLATES.get_template(template).render(values)
    prefix = "" if template.startswith("_") else _PREFIX.get()
    return _LINK.sub(rf"\g<1>{prefix}/", page) if prefix else page


async def render_aside(template: str, **values: object) -> str:
    """The same, in a thread: for a page that takes so long to write that poses would wait.

    Nothing may change the values meanwhile. Cancelled, the page is written all the same.
    """
    return await trio.to_thread.run_sync(partial(render, template, **values))


class Stencil:
    """A template rendered once, with holes for what differs each time: ten times as quick.

    Only for values that the template writes out as they are, and does not look at.
    """

    def __init__(self, template: str, *holes: str, **values: object) -> None:
        marks = {name: Markup(f"\0{name}\0") for name in holes}
        self._parts = _HOLE.split(render(template, **marks, **values))

    def fill(self, **values: str) -> str:
        """The page with these values in its holes."""
        parts = list(self._parts)
        parts[1::2] = [escape(values[name]) for name in parts[1::2]]
        return "".join(parts)
