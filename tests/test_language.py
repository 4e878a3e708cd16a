"""The part of our English that a test can hold: docstrings, comments and docs read plainly."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("xr", "tests", "migrations", "benchmarks", "tools")
BUILT = ROOT / "benchmarks" / "build"  # others' code
CODE = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if BUILT not in path.parents
]
CLIENT = [path for path in sorted((ROOT / "web" / "src").rglob("*.ts")) if ".gen." not in path.name]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")
DOCS = [*sorted((ROOT / "docs").glob("*.md")), *(ROOT / page for page in PAGES)]

RIDDLE = re.compile(r"(?:^|[.!?:] )(?:What|Who|Whoever) (?:(?![.?!] |[.?!]$).)*+(?!\?)")
"""A sentence that begins with a relative word; a question may."""


def strings(text: str) -> Iterator[tuple[int, str]]:
    """Each docstring and comment of a Python file, with its line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.lineno, str(node.value.value)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


def paragraphs(text: str) -> Iterator[str]:
    """The prose of a Markdown file: no code, no headings; a cell of a table is a paragraph."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    for block in re.split(r"\n\s*\n|\n(?=[-*|] )|\|", text):
        if not block.lstrip().startswith("#"):
            yield " ".join(block.split()).lstrip("-*| ")


def riddles(text: str) -> list[str]:
    return [found.group(0) for found in RIDDLE.finditer(" ".join(text.split()))]


@pytest.mark.parametrize("path", CODE, ids=[str(path.relative_to(ROOT)) for path in CODE])
def test_docstrings_and_comments_read_plainly(path: Path) -> None:
    for line, text in strings(path.read_text()):
        assert not riddles(text), f"line {line}"


@pytest.mark.parametrize("path", CODE, ids=[str(path.relative_to(ROOT)) for path in CODE])
def test_the_first_sentence_of_a_docstring_ends(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = (ast.get_docstring(node) or ".").split("\n\n")[0]
            assert first.rstrip().endswith((".", ":")), first


@pytest.mark.parametrize("path", CLIENT, ids=[str(path.relative_to(ROOT)) for path in CLIENT])
def test_comments_of_the_client_read_plainly(path: Path) -> None:
    for block, line in re.findall(r"/\*\*?(.*?)\*/|//([^\n]*)", path.read_text(), flags=re.DOTALL):
        assert not riddles(re.sub(r"\n\s*\*", " ", block or line))


@pytest.mark.parametrize("path", DOCS, ids=[str(path.relative_to(ROOT)) for path in DOCS])
def test_docs_read_plainly(path: Path) -> None:
    for paragraph in paragraphs(path.read_text()):
        assert not riddles(paragraph), paragraph


def test_a_riddle_is_seen() -> None:
    assert riddles("Whoever comes is let in.")
    assert riddles("It is kept. What was written stays.")
    assert not riddles("Who are you? Nobody knows what it was.")
    assert [*paragraphs("# What is it\n\nA thing.\n\n- What goes.\n")] == ["A thing.", "What goes."]
