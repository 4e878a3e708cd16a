"""A log record as a line: for people, as JSON, or with the priority that journald reads.

The template of a log call names the fields: ``log.info("room.ended room=%s unsaved=%d", …)`` is
the event ``room.ended`` with ``room`` and ``unsaved``. A sentence may follow after a colon.
"""

import logging
import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

Form = Literal["text", "json"]

_LONGEST = 2_000  # characters of a message, before the traceback
_PLACES = re.compile(r"%%|(?:(\w+)=)?%[-#0 +]*\d*(?:\.(\d+))?[a-zA-Z]")
_EVENT = re.compile(r"[a-z_]+\.[a-z_]+(?=[ :]|$)")
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
# The levels of syslog, as sd-daemon(3) has them.
_PRIORITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}

Line = Callable[[logging.LogRecord], str]
"""Makes a line of a record, or several with a traceback; without the last line break."""


def event_of(record: logging.LogRecord) -> str:
    """The event, such as ``room.ended``; "" for a record that is not of this form."""
    found = _EVENT.match(str(record.msg))
    return found[0] if found else ""


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The named values of a record: numbers as such, all else as text."""
    places = [place for place in _PLACES.finditer(str(record.msg)) if place[0] != "%%"]
    values = record.args
    if isinstance(values, Mapping) or values is None or len(values) != len(places):
        return {}
    return {
        place[1]: value if isinstance(value, int | float) else _cut(str(value), place[2])
        for place, value in zip(places, values, strict=True)
        if place[1]
    }


def as_text(record: logging.LogRecord) -> str:
    """A line for people and for ``grep``: time with zone, level, logger, message."""
    return f"{_time(record)} {record.levelname} {record.name} {_message(record)}"


def as_json(record: logging.LogRecord) -> str:
    """One JSON object: ``time``, ``level``, ``logger``, ``event``, the fields, ``text``."""
    shown = {
        "time": _time(record),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": event_of(record),
        **fields_of(record),
        "text": _plain(record),
    }
    if record.exc_info:
        shown["exception"] = _traceback(record)
    return msgspec.json.encode(shown).decode()


def for_journal(record: logging.LogRecord) -> str:
    """Lines with a priority each; the journal adds the time itself."""
    priority = _PRIORITIES.get(record.levelname, 6)
    return _with_priority(priority, f"{record.name} {_message(record)}")


def as_fault(text: str, descriptor: int) -> str:
    """A text that ends a command, with the priority of an error where journald reads it."""
    return _with_priority(_PRIORITIES["ERROR"], text) if is_journal(descriptor) else text


def _with_priority(priority: int, text: str) -> str:
    return "\n".join(f"<{priority}>{line}" for line in text.split("\n"))


def choose_line(form: Form, descriptor: int) -> Line:
    """Choose the form of lines for the reader behind ``descriptor``."""
    if form == "json":
        return as_json
    return for_journal if is_journal(descriptor) else as_text


def is_journal(descriptor: int) -> bool:
    """Whether journald reads this descriptor, by ``JOURNAL_STREAM`` (systemd.exec(5))."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    text = _plain(record)
    return f"{text}\n{_traceback(record)}" if record.exc_info else text


def _plain(record: logging.LogRecord) -> str:
    """The message on one line, so that a peer's data cannot begin a second one."""
    return _cut(record.getMessage(), _LONGEST).translate(_CONTROLS)


def _traceback(record: logging.LogRecord) -> str:
    assert record.exc_info
    return logging.Formatter().formatException(record.exc_info)


def _cut(text: str, most: str | int | None) -> str:
    return text if most is None else text[: int(most)]
