"""The command line, called as a function: what it prints, and how it ends."""

import argparse
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from xr.cli import main, parser


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine of the tests has set is not what is tested."""
    for name in ("XR_CONFIG", "XR_PORT", "XR_DATABASE", "XR_SECRET_KEY", "XR_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_settings_are_shown_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XR_SECRET_KEY", "0123456789abcdef-secret")
    monkeypatch.setenv("XR_PORT", "9000")
    assert main(["settings", "--tick", "0.1"]) == 0
    shown = capsys.readouterr().out
    assert "port = 9000" in shown
    assert "tick = 0.1" in shown
    assert "secret_key = (hidden)" in shown
    assert "0123456789" not in shown


def test_a_bad_setting_ends_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "--port", "seventy"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "xr: the flags: port = 'seventy': must be a whole number\n"


def test_migrate_and_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database, copy = tmp_path / "xr.db", tmp_path / "copy.db"
    assert main(["migrate", "--database", str(database)]) == 0
    assert "applied" in capsys.readouterr().out
    assert main(["migrate", "--database", str(database)]) == 0
    assert "applied" not in capsys.readouterr().out
    assert main(["backup", "--database", str(database), str(copy)]) == 0
    with sqlite3.connect(copy) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    db.close()
    assert {"rooms", "components", "poses", "users"} <= tables
    assert main(["backup", "--database", str(database), str(copy)]) == 1
    assert "copy.db" in capsys.readouterr().err


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        flags = ["--port", str(port), "--database", str(tmp_path / "xr.db")]
        done = subprocess.run(
            [sys.executable, "-m", "xr", "serve", *flags], capture_output=True, text=True
        )
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_is_in_the_readme() -> None:
    readme = Path(__file__).parents[1].joinpath("README.md").read_text()
    (commands,) = (
        action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    assert {"serve", "bots", "rooms"} <= set(commands.choices)
    for name in commands.choices:
        assert f"`xr {name}" in readme, name
