"""Templates to HTML, without Quart's own way: nothing waits, and no request is looked at."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


def render(template: str, **values: object) -> str:
    """The page that the template makes of ``values``."""
    return _TEMPLATES.get_template(template).render(values)
