"""Every log call of the project: an event, its fields, and perhaps a sentence."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
TEMPLATE = re.compile(
    r"[a-z_]+\.[a-z_]+"  # noun.verb
    r"( [a-z_]+=%[.0-9]*[a-z])*"  # key=value
    r"(: .+)?",  # a sentence
    re.S,
)
OWN_KEYS = {"time", "level", "logger", "event", "text", "exception"}


def templates() -> list[tuple[str, str]]:
    """The place and the template of each call."""
    found = []
    for path in sorted((ROOT / "xr").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log" | "_log"), attr=method),
                    args=[template, *_],
                ) if method in METHODS:
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    found.append((where, ast.literal_eval(template)))
    return found


TEMPLATES = templates()


def test_there_are_calls_to_look_at() -> None:
    assert len(TEMPLATES) > 25


@pytest.mark.parametrize(("where", "template"), TEMPLATES, ids=[where for where, _ in TEMPLATES])
def test_a_call_is_an_event_with_fields(where: str, template: str) -> None:
    assert TEMPLATE.fullmatch(template), f"{where}: {template}"
    keys = re.findall(r"(\w+)=%", template)
    assert len(keys) == len(set(keys)), where
    assert OWN_KEYS.isdisjoint(keys), where
