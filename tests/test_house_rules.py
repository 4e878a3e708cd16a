"""Rules of the house that a reader of one file could miss, held over all of them."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from xr.settings import Settings
from xr.wire.reasons import Reason

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "xr").rglob("*.py"))
WHERE = [str(path.relative_to(ROOT)) for path in FILES]


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file, by the last name of what is called."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            while isinstance(called, ast.Subscript):  # open_memory_channel[None](1)
                called = called.value
            if isinstance(called, ast.Attribute):
                yield called.attr, node
            elif isinstance(called, ast.Name):
                yield called.id, node


def keywords(call: ast.Call) -> set[str | None]:
    return {keyword.arg for keyword in call.keywords}


def test_there_is_something_to_look_at() -> None:
    named = [name for path in FILES for name, _ in calls(path)]
    assert named.count("open_memory_channel") >= 1
    assert named.count("start_soon") >= 5
    assert named.count("move_on_after") >= 3


@pytest.mark.parametrize("path", FILES, ids=WHERE)
def test_nothing_is_infinite(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            assert node.attr != "inf", f"line {node.lineno}"
        elif isinstance(node, ast.ImportFrom):
            assert "inf" not in {alias.name for alias in node.names}, f"line {node.lineno}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            assert node.value < 1e300, f"line {node.lineno}"
    for name, call in calls(path):
        if name == "float" and call.args and isinstance(call.args[0], ast.Constant):
            assert "inf" not in str(call.args[0].value).lower(), f"line {call.lineno}"


@pytest.mark.parametrize("path", FILES, ids=WHERE)
def test_every_channel_has_a_bound(path: Path) -> None:
    for name, call in calls(path):
        if name == "open_memory_channel":
            (bound,) = call.args
            named = isinstance(bound, ast.Name) and bound.id.isupper()
            assert named or isinstance(bound, ast.Constant), f"line {call.lineno}"
        assert name not in {"Queue", "SimpleQueue"}, f"line {call.lineno}"


@pytest.mark.parametrize("path", FILES, ids=WHERE)
def test_every_task_has_a_name(path: Path) -> None:
    for name, call in calls(path):
        if name in {"start_soon", "start"} and call.args:  # without, it is a thread's
            assert "name" in keywords(call), f"line {call.lineno}: {ast.unparse(call)}"


@pytest.mark.parametrize("path", FILES, ids=WHERE)
def test_every_shield_has_a_deadline(path: Path) -> None:
    for name, call in calls(path):
        if "shield" in keywords(call):
            assert name in {"move_on_after", "fail_after"}, f"line {call.lineno}"


@pytest.mark.parametrize("path", FILES, ids=WHERE)
def test_every_module_says_what_it_is_for_and_is_short(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 350


# The documentation


@pytest.fixture
def documented() -> dict[str, str]:
    """The settings of docs/settings.md: default by name, for names that share a line too."""
    found = {}
    for line in (ROOT / "docs" / "settings.md").read_text().splitlines():
        if line.startswith("| `XR_"):
            names, default, meaning = line.strip("|").split("|", 2)
            assert meaning.strip()
            for name in re.findall(r"`(XR_\w+)`", names):
                assert name not in found
                found[name] = default.strip().strip("`")
    return found


def test_every_setting_is_documented_and_no_other(documented: dict[str, str]) -> None:
    assert set(documented) == {f"XR_{item.name.upper()}" for item in dataclasses.fields(Settings)}


def test_the_documented_defaults_are_those_of_the_code(documented: dict[str, str]) -> None:
    for item in dataclasses.fields(Settings):
        said = documented[f"XR_{item.name.upper()}"]
        default = getattr(Settings(), item.name)
        if isinstance(default, int | float):
            assert float(said) == default, item.name
        else:
            assert said == (str(default) if default else said), item.name
            assert default or said in {"unset", "none"}, item.name


PHRASES = {reason.value for reason in Reason if not reason.isalpha()}  # "origin" is many things


@pytest.mark.parametrize("path", FILES, ids=WHERE)
def test_no_reason_is_typed_a_second_time(path: Path) -> None:
    if path.name != "reasons.py":
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant):
                assert node.value not in PHRASES, f"line {node.lineno}: use xr.wire.reasons.Reason"


# The tests themselves

TESTS = sorted((ROOT / "tests").rglob("*.py"))
READS_PRIVATES = {
    "tests/simulation/test_planted.py": "plants mistakes in our own methods, on purpose",
    "tests/tasks.py": "Trio has no public way to seed the order of its tasks",
    "tests/serving/test_internals.py": "holds the internals of Hypercorn that we override",
    "tests/serving/test_handshake.py": "drives Hypercorn's HTTP/1.1 without a socket",
}
"""The files that read what begins with an underscore, and why. None reads ours to look at it."""

BY_NAME = {"getattr", "setattr", "delattr", "hasattr", "object"}  # patch.object is the last


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def privates(path: Path) -> Iterator[str]:
    """Every read or change of a private attribute of an object other than ``self`` or ``cls``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            of_its_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if not of_its_own:
                yield f"line {node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if is_private(alias.name):
                    yield f"line {node.lineno}: {ast.unparse(node)}"
    for name, call in calls(path):
        if name in BY_NAME:
            for argument in call.args[:2]:
                if isinstance(argument, ast.Constant) and is_private(str(argument.value)):
                    yield f"line {call.lineno}: {ast.unparse(call)}"


@pytest.mark.parametrize("path", TESTS, ids=[str(path.relative_to(ROOT)) for path in TESTS])
def test_no_test_reads_a_private(path: Path) -> None:
    if str(path.relative_to(ROOT)) not in READS_PRIVATES:
        assert list(privates(path)) == [], "ask the object for its statistics()"


@pytest.mark.parametrize("name", READS_PRIVATES)
def test_the_list_of_those_that_may_is_true(name: str) -> None:
    assert list(privates(ROOT / name))
