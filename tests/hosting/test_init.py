"""``xr init``: the files that it writes, their owners, and what it asks."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from xr.cli import main
from xr.errors import RequestRefused
from xr.hosting import install
from xr.hosting.answers import Answers, Https, config_text
from xr.hosting.install import unit_files
from xr.passwords import is_password
from xr.setting_sources import load_settings
from xr.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
COMMAND = Path("/opt/xr/bin/xr")
CADDY = ["--domain", "rooms.example.org", "--https", "caddy", "--makers", "members"]
FLAGS = [*CADDY, "--no-password"]


def settings_of(path: Path) -> Settings:
    return load_settings({}, config=path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("XR_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_behind_caddy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", *FLAGS]) == 0
    told = capsys.readouterr().out
    assert "start with: xr serve --config xr.toml" in told
    assert "trusted: 127.0.0.1" in told  # of the check
    config = folder / "xr.toml"
    found = settings_of(config)
    assert (found.host, found.port) == ("127.0.0.1", 8000)
    assert found.public_url == "https://rooms.example.org"
    assert [str(network) for network in found.trusted_proxies] == ["127.0.0.1/32"]
    assert (found.makers, found.password) == ("members", None)
    assert found.database == folder / "xr.db"
    assert config.stat().st_mode & 0o777 == 0o600


def test_every_setting_in_the_file_has_a_comment() -> None:
    pair = Path("/etc/chain.pem"), Path("/etc/key.pem")
    for https in Https:
        answers = Answers("a.example", https, "anyone", Path("/x.db"), "$argon2id$x", *pair)
        text = config_text(answers)
        assert tomllib.loads(text)
        for block in text.strip().split("\n\n"):
            assert block.startswith("# "), block


def test_a_certificate_of_its_own_and_one_that_is_not_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["init", "--domain", "rooms.example.org", "--https", "own", "--no-password"]
    assert main(own) == 1
    assert "--certificate FILE" in capsys.readouterr().err
    assert main([*own, "--certificate", "chain.pem", "--key", "key.pem"]) == 1
    told = capsys.readouterr().out
    assert re.search(r"fault +certificate +cannot read XR_TLS_CERTIFICATE", told)
    found = settings_of(folder / "xr.toml")
    assert (found.port, found.tls_key) == (443, folder / "key.pem")
    assert found.redirect_port == 80
    files = ["--certificate", "chain.pem", "--key", "key.pem", "--replace"]
    assert main([*own, *files, "--redirect-port", "0"]) == 1
    assert settings_of(folder / "xr.toml").redirect_port == 0


def test_for_this_network_only(folder: Path) -> None:
    assert main(["init", "--no-password"]) == 0  # nobody is asked where no terminal is
    found = settings_of(folder / "xr.toml")
    assert (found.host, found.port, found.public_url) == ("0.0.0.0", 8000, None)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--https", "caddy", "--no-password"], "give --domain"),
        (["--domain", "a b", "--no-password"], "a b is no domain"),
        (["--domain", "https://x.example", "--no-password"], "is no domain"),
    ],
)
def test_answers_that_do_not_fit_together_write_nothing(
    folder: Path, flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", *flags]) == 1
    assert sentence in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_wrong_usage(folder: Path) -> None:
    assert main(["init", "--password", "on the command line"]) == 2
    assert main(["init", "--systemd", "--config", "xr.toml", *FLAGS]) == 2
    assert list(folder.iterdir()) == []


def test_a_file_that_is_there_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "xr.toml").write_text("port = 1\n")
    assert main(["init", *FLAGS]) == 1
    assert "--replace" in capsys.readouterr().err
    assert main(["init", *FLAGS, "--replace"]) == 0
    assert (folder / "xr.toml.before").read_text() == "port = 1\n"


def run(command: str, folder: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("XR_")}
    return subprocess.run(
        ["sh", "-c", command.replace("xr ", f"{sys.executable} -m xr ", 1)],
        cwd=folder,
        env=kept,
        input=typed,
        capture_output=True,
        text=True,
    )


def test_the_password_comes_from_standard_input_and_is_hashed(folder: Path) -> None:
    done = run("xr init --password -", folder, "open sesame\n")
    assert done.returncode == 0, done.stderr
    kept = settings_of(folder / "xr.toml").password
    assert kept is not None
    assert "sesame" not in (folder / "xr.toml").read_text()
    assert is_password("open sesame", kept)
    refused = run("xr init --replace --password -", folder, "abc\n")
    assert "4 to 100 characters" in refused.stderr


def test_a_terminal_is_asked(folder: Path) -> None:
    command = f"{sys.executable} -m xr init --no-password"
    terminal = ["script", "--quiet", "--return", "--command", command, "/dev/null"]
    answers = "rooms.example.org\nnone\noperator\n"
    done = subprocess.run(terminal, cwd=folder, input=answers, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "Domain, such as rooms.example.org" in done.stdout
    found = settings_of(folder / "xr.toml")
    assert (found.public_url, found.makers) == ("http://rooms.example.org:8000", "operator")


# With systemd


def test_user_folders_settings_and_units_have_their_owners(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/xr/bin/python")
    code = main(["init", "--systemd", "--root", str(folder), *FLAGS])
    told = capsys.readouterr()
    if os.geteuid() != 0:
        assert (code, "run it as root" in told.err) == (1, True)
        return
    assert code == 0, told.err
    assert "systemctl enable xr.service xr-backup.timer" in told.out
    config = folder / "etc/xr/xr.toml"
    data = (folder / "var/lib/xr").stat()
    assert data.st_uid == (folder / "var/lib/xr-backup").stat().st_uid != 0
    assert data.st_mode & 0o777 == 0o700
    status = config.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (0, data.st_gid, 0o640)
    assert f"xr:x:{data.st_uid}:{data.st_gid}:" in (folder / "etc/passwd").read_text()
    assert settings_of(config).database == Path("/var/lib/xr/xr.db")
    assert "reverse_proxy 127.0.0.1:8000" in (folder / "etc/xr/Caddyfile").read_text()
    unit = (folder / "etc/systemd/system/xr.service").read_text()
    assert "ExecStart=/opt/xr/bin/xr serve --config /etc/xr/xr.toml" in unit
    assert main(["init", "--systemd", "--root", str(folder), *FLAGS, "--replace"]) == 0  # again


def test_the_files_of_a_package_are_not_written_again(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/xr/bin/python")
    packaged = unit_files(Answers("", Https.NONE, "anyone", Path("x")), COMMAND)
    packaged["xr.service"] += "# of another version\n"
    (folder / "usr/lib/systemd/system").mkdir(parents=True)
    for name, text in packaged.items():
        (folder / "usr/lib/systemd/system" / name).write_text(text)
    (folder / "etc/xr").mkdir(parents=True)
    config = folder / "etc/xr/xr.toml"
    config.write_text('database = "/var/lib/xr/xr.db"  # untouched\n')
    code = main(["init", "--systemd", "--root", str(folder), *FLAGS])
    if os.geteuid() != 0:
        assert code == 1
        return
    assert code == 0, capsys.readouterr().err
    assert settings_of(config).public_url == "https://rooms.example.org"
    assert not config.with_name("xr.toml.before").exists()
    written = {path.name for path in (folder / "etc/systemd/system").iterdir()}
    assert written == {"xr.service"}


ANSWERS = {
    "caddy": Answers("rooms.example.org", Https.CADDY, "anyone", Path("/var/lib/xr/xr.db")),
    "own": Answers("rooms.example.org", Https.OWN, "anyone", Path("/var/lib/xr/xr.db")),
}


@pytest.mark.parametrize("https", ANSWERS)
def test_the_units_are_hardened_and_start_our_commands(https: str, tmp_path: Path) -> None:
    units = unit_files(ANSWERS[https], COMMAND)
    low = https == "own"
    for name, text in units.items():
        assert "$command" not in text
        (tmp_path / name).write_text(text.replace(str(COMMAND), sys.executable))
        if not name.endswith(".service"):
            continue
        (started,) = re.findall("^ExecStart=(.+)$", text, re.MULTILINE)
        program, *typed = shlex.split(started)
        assert program == str(COMMAND)
        assert main([*typed[:1], "--help"]) == 0
        assert "ProtectSystem=strict\n" in text
        assert "User=xr\n" in text
        given = "CAP_NET_BIND_SERVICE" in text
        assert given is (low and name == "xr.service")
        if shutil.which("systemd-analyze"):
            judged = subprocess.run(
                ["systemd-analyze", "security", "--offline=true", str(tmp_path / name)],
                capture_output=True,
                text=True,
            )
            found = re.search(r"exposure level.*: ([\d.]+)", judged.stdout)
            assert found is not None, judged.stderr
            assert float(found[1]) <= 1.6, judged.stdout


def test_the_documented_unit_is_the_one_that_is_written() -> None:
    docs = (DOCS / "hosting.md").read_text()
    for name, text in unit_files(ANSWERS["caddy"], COMMAND).items():
        assert f"```ini\n{text}```" in docs, f"docs/hosting.md shows another {name}"


def test_a_command_in_a_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/home/ann/xr/.venv/bin/python")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(RequestRefused, match="/opt/xr"):
        install.find_command()


def test_a_machine_without_systemd_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/xr/bin/python")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert main(["init", "--systemd", "--root", str(folder), *FLAGS]) == 1
    assert "does systemd run here" in capsys.readouterr().err
