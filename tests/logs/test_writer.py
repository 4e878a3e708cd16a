"""The thread that writes the log: nobody waits for whoever reads it."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from xr.logs.sampling import MINUTE
from xr.logs.writer import WAITING, Writer, logging_to, say

SECONDS = 30


def record(template: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord("xr", logging.INFO, __file__, 7, template, values, None)


def only_message(made: logging.LogRecord) -> str:
    return made.getMessage()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        if descriptor >= 0:
            os.close(descriptor)


def test_all_lines_are_written_in_order_by_the_end(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        writer = Writer(file.fileno(), only_message)
        for number in range(500):
            writer.emit(record("a.b n=%d", number))
        writer.finish(SECONDS)
    assert (tmp_path / "log").read_text().splitlines() == [f"a.b n={n}" for n in range(500)]


def test_nobody_who_logs_waits_for_a_pipe_that_nobody_reads(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = Writer(writing, only_message)
    for _ in range(5 * WAITING):
        writer.emit(record("a.b text=%s", "x" * 200))
    writer.finish(0.0)  # the end comes all the same
    text = b""
    while b"log.dropped" not in text:  # and if somebody reads in the end, it is told
        text += os.read(reading, 65536)
    lines = text.decode().splitlines()
    dropped = int(lines[-1].split("count=")[1].split(":")[0])
    assert dropped >= 3 * WAITING
    assert len(lines) - 1 + dropped == 5 * WAITING


def test_a_pipe_that_does_not_block_is_written_whole(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.set_blocking(writing, False)
    writer = Writer(writing, only_message)
    for _ in range(900):
        writer.emit(record("a.b text=%s", "x" * 200))
    text = b""
    while text.count(b"\n") < 900:
        text += os.read(reading, 65536)
    writer.finish(SECONDS)
    assert set(text.decode().splitlines()) == {"a.b text=" + "x" * 200}


def test_a_reader_who_has_gone_ends_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = Writer(writing, only_message)
    for _ in range(3):
        writer.emit(record("a.b"))
    writer.finish(SECONDS)
    os.close(writing)


def test_what_was_held_back_is_told_at_the_minutes_end_and_at_the_end(tmp_path: Path) -> None:
    now = [0.0]
    with (tmp_path / "log").open("wb") as file:
        writer = Writer(file.fileno(), only_message, lambda: now[0])
        for _ in range(8):
            writer.emit(record("a.refused reason=%r address=%s", "origin", "192.0.2.1"))
        now[0] = MINUTE
        for _ in range(6):
            writer.emit(record("a.refused reason=%r address=%s", "origin", "192.0.2.1"))
        writer.finish(SECONDS)
    lines = (tmp_path / "log").read_text().splitlines()
    full = "a.refused reason='origin' address=192.0.2.1"
    more = "a.refused reason='origin' count={}: so many more within a minute"
    assert lines == [full] * 5 + [more.format(3)] + [full] * 5 + [more.format(1)]


def test_a_wrong_log_call_is_noted_and_ends_nobody(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        writer = Writer(file.fileno(), only_message)
        writer.emit(record("a.b n=%d", "no number"))
        writer.finish(SECONDS)
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert line.startswith("log.failed template='a.b n=%d' file=")


def test_within_the_block_everything_goes_to_the_writer(tmp_path: Path) -> None:
    before = logging.getLogger().handlers[:]
    with (tmp_path / "log").open("wb") as file, logging_to(file.fileno(), "json"):
        logging.getLogger("xr.test").info("a.b n=%d", 1)
    assert '"event":"a.b","n":1' in (tmp_path / "log").read_text()
    assert logging.getLogger().handlers == before


def test_the_last_words_wait_for_nobody_for_long(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, writing = pipe
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while os.write(writing, b"x" * 65536):
            pass
    os.set_blocking(writing, True)
    with open(writing, "w", closefd=False) as full:
        monkeypatch.setattr("sys.stderr", full)
        say("xr: a reason", 0.01)  # comes back, which a plain write would not
