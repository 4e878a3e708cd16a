"""The command line, called as a function: what it prints, and how it ends."""

import io
import json
import os
import re
import shlex
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import click
import pytest

from tools.generate_commands import FILE, commands_page
from xr import __version__
from xr.cli import commands, main


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the process with the block, or after a minute: a test that fails waits for nothing."""
    timer = Timer(60, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        process.kill()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the machine that runs the tests do not count."""
    for name in ("XR_CONFIG", "XR_PORT", "XR_DATABASE", "XR_SECRET_KEY", "XR_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_an_empty_name_is_no_file_of_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XR_CONFIG", str(tmp_path / "none.toml"))
    assert main(["settings"]) == 1
    assert main(["settings", "--config", ""]) == 0
    assert "port = 8000" in capsys.readouterr().out


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
    assert main(["migrate", "--database", str(database)]) == 1
    assert "--create" in capsys.readouterr().err
    assert not database.exists()
    assert main(["migrate", "--create", "--database", str(database)]) == 0
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


def test_a_backup_into_a_folder_is_restored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database, folder = tmp_path / "xr.db", tmp_path / "backups"
    folder.mkdir()
    flags = ["--database", str(database)]
    assert main(["rooms", "create", "--create", "Tea house", *flags]) == 0
    assert main(["backup", *flags, str(folder), "--keep", "3"]) == 0
    (archive,) = folder.iterdir()
    assert main(["backup", *flags, str(tmp_path / "copy.db"), "--keep", "3"]) == 2
    assert "--keep needs a folder" in capsys.readouterr().err
    assert main(["restore", *flags, str(archive)]) == 1
    assert "--replace" in capsys.readouterr().err
    assert main(["restore", *flags, str(archive), "--replace"]) == 0
    assert "the database that was there is now" in capsys.readouterr().out
    assert main(["rooms", "list", *flags]) == 0
    assert "Tea house" in capsys.readouterr().out


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


def test_a_port_for_which_a_capability_is_missing_is_told_so(tmp_path: Path) -> None:
    patch = (  # root, who may run these tests, may bind any port
        "import errno, socket, sys; from xr.cli import main\n"
        "def refuse(*_): raise PermissionError(errno.EACCES, 'Permission denied')\n"
        "socket.socket.bind = refuse\n"
        f"sys.exit(main(['serve', '--port', '443', '--database', {str(tmp_path / 'xr.db')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", patch], capture_output=True, text=True)
    assert done.returncode == 1
    assert "cannot listen on 127.0.0.1:443: Permission denied" in done.stderr
    assert "CAP_NET_BIND_SERVICE" in done.stderr


def test_a_server_whose_output_nobody_reads_serves_all_the_same(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    flags = ["--port", "0", "--database", str(tmp_path / "xr.db")]
    with subprocess.Popen(
        [sys.executable, "-m", "xr", "serve", *flags], stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(writing)
        with ended(process):
            assert process.stderr is not None
            lines = iter(process.stderr.readline, b"")
            assert any(b"server.started" in line for line in lines), "behind that of a new key"
            process.terminate()
            assert b"server.stopped" in process.stderr.read()
            assert process.wait() == 0


def test_every_command_is_in_the_readme() -> None:
    readme = Path(__file__).parents[1].joinpath("README.md").read_text()
    names = commands.list_commands(click.Context(commands))
    assert {"serve", "bots", "rooms"} <= set(names)
    for name in names:
        assert f"`xr {name}" in readme, name


def test_the_page_of_commands_is_fresh() -> None:
    assert FILE.read_text() == commands_page(), "run make generate"


def _all(group: click.Group, *words: str) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield " ".join([*words, name]), command
        if isinstance(command, click.Group):
            yield from _all(command, *words, name)


def test_every_help_has_examples_that_can_be_typed_and_the_exit_codes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a password\n"))  # of "--password -"
    found = dict(_all(commands))
    assert {"serve", "bots", "rooms role", "users list"} <= found.keys()
    codes = "Exit codes:\n  0  done\n  1  refused or failed\n  2  wrong usage\n"
    for name, command in found.items():
        assert main([*name.split(), "--help"]) == 0
        told = capsys.readouterr().out
        assert codes in told
        examples = re.findall(rf"^  xr {name}( .*)?$", told.partition("Examples:")[2], re.MULTILINE)
        assert examples, name
        if not isinstance(command, click.Group):
            for example in examples:
                command.make_context(name, shlex.split(example))


@pytest.mark.parametrize(
    "typed",
    [["rooms"], ["rooms", "burn"], ["serve", "--prot", "1"], ["rooms", "rename", "x"], ["--nix"]],
)
def test_wrong_usage_ends_with_2(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(typed) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Usage: xr" in told.err


def test_settings_are_shown_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "--json", "--port", "9000", "--secret-key", "0123456789abcdef"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["port"] == {"value": "9000", "from": "the flags"}
    assert shown["tick"] == {"value": "0.05", "from": "the default"}
    assert shown["secret_key"]["value"] == "(hidden)"


def _run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a shell that tells of a failure within a pipe, in an environment of its own."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("XR_", "LC_"))}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=folder,
        env={**kept, "XR": f"{sys.executable} -m xr", **environment},
        capture_output=True,
        text=True,
        encoding="latin-1",
    )


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_a_pipe_that_is_closed_early_is_quiet(tmp_path: Path) -> None:
    done = _run("$XR settings | sh -c 'exec <&-; cat /dev/null'", tmp_path)
    assert (done.returncode, done.stderr) == (141, "")  # 128 + SIGPIPE, as of other programs


def test_odd_locales_take_names_and_show_what_they_can(tmp_path: Path) -> None:
    made = _run("$XR rooms create --create 'Zürich 部屋'", tmp_path, **ASCII)
    assert (made.returncode, made.stderr) == (0, "")
    listed = _run("$XR rooms list", tmp_path, PYTHONIOENCODING="latin-1")
    assert listed.stdout.rstrip("\n").endswith("  Zürich ??")
    assert (listed.returncode, listed.stderr) == (0, "")
    refused = _run(r"$XR rooms create $'\xff'", tmp_path, **ASCII)
    assert refused.returncode == 1
    assert "not text in UTF-8" in refused.stderr


def test_a_misspelt_variable_is_refused(tmp_path: Path) -> None:
    done = _run("$XR settings", tmp_path, XR_PROT="1")
    assert done.returncode == 1
    assert (
        done.stderr == "xr: the environment: there is no setting XR_PROT: did you mean XR_PORT?\n"
    )


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"xr {__version__}\n"


@pytest.mark.parametrize("heavy", ["quart", "hypercorn", "sqlite_utils", "trio", "ssl"])
def test_a_command_loads_no_more_than_it_needs(heavy: str) -> None:
    code = (
        f"import sys; from xr.cli import main; main(['settings']); print({heavy!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"
