"""The docstrings that stand under the members of a class or module, which Python does not keep."""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from types import ModuleType


@cache
def member_docs(owner: type | ModuleType) -> Mapping[str, str]:
    """The docstring below each name that a class or module sets, in one line, by the name."""
    tree: ast.AST = ast.parse(inspect.getsource(owner))
    if isinstance(owner, type):
        tree = tree.body[0]  # type: ignore[attr-defined]  # the class itself
    docs: dict[str, str] = {}
    body: list[ast.stmt] = tree.body  # type: ignore[attr-defined]
    for before, statement in pairwise(body):
        name = _name_set_by(before)
        if name and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            docs[name] = one_line(str(statement.value.value))
    return docs


def _name_set_by(statement: ast.stmt) -> str:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


def summary(kind: type) -> str:
    """The first paragraph of a class's own docstring, in one line."""
    return one_line((kind.__doc__ or "").partition("\n\n")[0])


def one_line(text: str) -> str:
    """The text without its line breaks, and with Markdown's one backtick around code."""
    return " ".join(text.split()).replace("``", "`")
