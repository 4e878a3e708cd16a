"""docs/guarantees.md names tests that there are, and no check of this folder goes unnamed."""

import re
from pathlib import Path

import xr

ROOT = Path(xr.__file__).parent.parent
TEXT = (ROOT / "docs" / "guarantees.md").read_text()


def test_every_test_that_holds_a_promise_is_there() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", TEXT))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_promise_says_what_holds_it() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith(("| promise |", "| --- |"))]
    assert promises
    assert [row for row in promises if "`tests/" not in row.split("|")[2]] == []


def test_every_fault_stands_for_a_promise() -> None:
    faults = {f"tests/faults/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    assert {name for name in faults if f"`{name}`" not in TEXT} == {
        "tests/faults/test_guarantees.py"
    }
