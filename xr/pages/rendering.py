"""Templates to HTML, without Quart's own way: nothing waits, and no request is looked at."""

import re
from datetime import UTC, datetime
from pathlib import Path

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


def render(template: str, **values: object) -> str:
    """The page that the template makes of ``values``."""
    return _TEMPLATES.get_template(template).render(values)


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
