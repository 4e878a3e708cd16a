"""The forms of a log line."""

import json
import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from xr.logs.form import as_fault, as_json, as_text, choose_line, event_of, fields_of, for_journal


def record(template: str, *values: Any, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("xr.rooms", level, __file__, 1, template, values, None)


def failed() -> logging.LogRecord:
    try:
        int("a fault")
    except ValueError:
        fault = sys.exc_info()
    return logging.LogRecord("xr", logging.ERROR, __file__, 1, "room.crashed: again", (), fault)


def test_the_template_names_event_and_fields() -> None:
    made = record("room.ended room=%s unsaved=%d load=%g%%: %s after", "hall", 3, 0.5, "long")
    assert event_of(made) == "room.ended"
    assert fields_of(made) == {"room": "hall", "unsaved": 3, "load": 0.5}


@pytest.mark.parametrize("template", ["Running on %s (CTRL + C to quit)", "100%", ""])
def test_records_of_other_libraries_have_neither(template: str) -> None:
    values = ("x",) if "%s" in template else ()
    assert event_of(record(template, *values)) == ""
    assert fields_of(record(template, *values)) == {}
    assert fields_of(record("a.b c=%(c)s", {"c": 1})) == {}


def test_a_line_for_people_begins_with_a_time_and_its_zone() -> None:
    when, rest = as_text(record("room.opened room=%s", "hall")).split(" ", 1)
    assert datetime.fromisoformat(when).tzinfo is not None
    assert rest == "INFO xr.rooms room.opened room=hall"


def test_text_of_a_stranger_makes_no_second_line_and_is_short() -> None:
    odd = record("room.named name=%s", "a\nERROR \x1b[31mforged\x9b" + "x" * 9000)
    text = as_text(odd)
    assert "name=a\\x0aERROR \\x1b[31mforged\\x9bx" in text
    assert len(text) < 2100
    assert "\n" not in for_journal(odd)


def test_json_has_the_fields_and_the_fault() -> None:
    shown = json.loads(as_json(record("room.ended room=%.3s unsaved=%d: done", "hallway", 3)))
    assert datetime.fromisoformat(shown.pop("time")).tzinfo is not None
    assert shown == {
        "level": "info",
        "logger": "xr.rooms",
        "event": "room.ended",
        "room": "hal",
        "unsaved": 3,
        "text": "room.ended room=hal unsaved=3: done",
    }
    assert "ValueError: invalid" in json.loads(as_json(failed()))["exception"]
    assert "\n" not in as_json(failed())


def test_the_journal_gets_a_priority_on_every_line() -> None:
    assert for_journal(record("a.b", level=logging.WARNING)) == "<4>xr.rooms a.b"
    lines = for_journal(failed()).split("\n")
    assert lines[0] == "<3>xr room.crashed: again"
    assert lines[-1].startswith("<3>ValueError: invalid")
    assert all(line.startswith("<3>") for line in lines)


def test_the_journal_is_known_by_what_systemd_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "log").open("w") as file:
        status = os.fstat(file.fileno())
        assert choose_line("text", file.fileno()) is as_text
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        assert choose_line("text", file.fileno()) is for_journal
        assert choose_line("json", file.fileno()) is as_json
        assert as_fault("xr: no port\nset one", file.fileno()) == "<3>xr: no port\n<3>set one"
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino + 1}")
        assert choose_line("text", file.fileno()) is as_text
        assert as_fault("xr: no port", file.fileno()) == "xr: no port"
    assert choose_line("text", 10_000) is as_text
