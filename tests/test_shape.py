"""Limits on the size of classes, functions and files: beyond them there is a second purpose.

A class's attributes are those that its methods store on ``self``: a record of values, such as
``Settings`` or ``Metrics``, may have any number of fields. The lines of a function are counted
without its docstring.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "xr").rglob("*.py"))

MOST_ATTRIBUTES = 10
MOST_LINES_OF_A_CLASS = 150
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_FILE = 300

EXCEPTIONS = {
    "framing.py FrameParser.feed": "the hot path: a call less for each message was measured",
    "connection.py Connection": "one state, and a method for each event of a socket",
    "memory.py MemoryStore": "a method for each question of the store's protocol",
    "room.py Room": "holds the parts of a room, each a class of its own, and nothing else",
}
"""Reasons by file and name; at most five."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def attributes_of(cls: ast.ClassDef) -> set[str]:
    """The names that a class's methods store on ``self``."""
    return {
        node.attr
        for node in ast.walk(cls)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def faults_of_class(cls: ast.ClassDef) -> Iterator[str]:
    if lines_of(cls) > MOST_LINES_OF_A_CLASS:
        yield f"{lines_of(cls)} lines"
    if len(attributes_of(cls)) > MOST_ATTRIBUTES:
        yield f"{len(attributes_of(cls))} attributes"


def faults_of_function(function: Function) -> Iterator[str]:
    first = function.body[0]
    text = lines_of(first) if ast.get_docstring(function) else 0
    if lines_of(function) - text > MOST_LINES_OF_A_FUNCTION:
        yield f"{lines_of(function) - text} lines"


def too_large(name: str, text: str) -> dict[str, list[str]]:
    """The offenders in a file, by name, with the limits that they exceed."""
    found: dict[str, list[str]] = {}
    count = len(text.splitlines())
    if count > MOST_LINES_OF_A_FILE:
        found[name] = [f"{count} lines"]

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            path = prefix
            if isinstance(child, ast.ClassDef | Function):
                path = f"{prefix}.{child.name}" if prefix else f"{name} {child.name}"
                check = faults_of_class if isinstance(child, ast.ClassDef) else faults_of_function
                faults = list(check(child))  # type: ignore[arg-type]  # as the line above has it
                if faults:
                    found[path] = faults
            visit(child, path)

    visit(ast.parse(text), "")
    return found


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_nothing_is_too_large(path: Path) -> None:
    found = too_large(path.name, path.read_text())
    assert {k: v for k, v in found.items() if k not in EXCEPTIONS} == {}


def test_each_exception_is_one_and_has_a_reason() -> None:
    found = {name for path in FILES for name in too_large(path.name, path.read_text())}
    assert found >= EXCEPTIONS.keys()
    assert len(EXCEPTIONS) <= 5
    assert all(EXCEPTIONS.values())


def test_each_limit_is_seen() -> None:
    fields = "".join(f"        self.a{n} = {n}\n" for n in range(11))
    assert too_large("a.py", f"class A:\n    def f(self):\n{fields}") == {
        "a.py A": ["11 attributes"]
    }
    assert too_large("a.py", "def f():\n" + "    g()\n" * 40) == {"a.py f": ["41 lines"]}
    assert too_large("a.py", 'def f():\n    """Do."""\n' + "    g()\n" * 39) == {}
    assert too_large("a.py", "class A:\n" + "    b: int = 0\n" * 150) == {"a.py A": ["151 lines"]}
    assert too_large("a.py", "\n" * 301) == {"a.py": ["301 lines"]}
