"""``xr serve --dev-cert``: the certificate that is made, kept and made anew, and what is said."""

import ssl
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import segno
import trio

from tests.serving.process import launched
from xr.cli import main
from xr.errors import SettingsError
from xr.hosting import dev_certificate
from xr.hosting.dev_certificate import (
    DAYS,
    NEAR_END,
    dev_certificate_file,
    invitation,
    is_good,
    make,
    prepare,
    qr_code,
)
from xr.serving.certificate import DAY
from xr.settings import Settings

SECONDS = 30
HOME = ["192.168.1.20"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a machine with one address in its network."""
    monkeypatch.setattr(dev_certificate, "machine_addresses", lambda: HOME)
    return Settings(database=tmp_path / "xr.db")


@pytest.mark.parametrize("flags", [(), ("--dev-cert",)])
def test_nobody_is_told_to_set_a_name_where_addresses_are_shown(
    flags: Sequence[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XR_CONFIG", "")
    folder = tmp_path / "xr.db"
    folder.mkdir()  # so nothing is served
    assert main(["serve", *flags, "--host", "0.0.0.0", "--database", str(folder)]) == 1
    told = capfd.readouterr().err
    assert str(folder) in told
    assert ("server.unnamed" in told) == (not flags)


async def test_a_server_serves_with_it_on_a_real_socket(tmp_path: Path) -> None:
    with launched(tmp_path, flags=["--dev-cert"], host="127.0.0.1") as server:
        file = dev_certificate_file(server.database)
        assert file.stat().st_mode & 0o777 == 0o600
        server.tls = ssl.create_default_context(cafile=file)  # the name is checked too
        with trio.fail_after(SECONDS):
            status, health = await server.health()
            assert (status, health["status"]) == (200, "ok")
            member = await server.member(await server.make_room())
            assert (await member.heartbeat()).payload["status"] == "ok"
        server.wait_for_line("Proceed")
        assert f"xr serves https://127.0.0.1:{server.port}" in server.log
        assert "█" not in server.log, "a QR code is for a terminal"


def test_it_is_made_once_and_again_for_a_new_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = dev_certificate_file(settings.database)
    prepared = prepare(settings, ())
    assert prepared.host == "0.0.0.0"
    assert prepared.tls_certificate == prepared.tls_key == file
    first = file.read_bytes()
    prepare(settings, ())
    assert file.read_bytes() == first
    monkeypatch.setattr(dev_certificate, "machine_addresses", lambda: ["10.0.0.7"])
    prepare(settings, ())
    assert file.read_bytes() != first
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_it_is_good_for_its_names_and_not_to_its_very_end(tmp_path: Path) -> None:
    file = tmp_path / "pair"
    names = ["localhost", "::1", *HOME]
    assert not is_good(file, names)
    make(file, names)
    assert is_good(file, names)
    assert not is_good(file, [*names, "192.168.1.21"])
    near = time.time() + DAYS * DAY - NEAR_END
    assert is_good(file, names, near - DAY)
    assert not is_good(file, names, near + DAY)
    file.chmod(0o644)
    assert not is_good(file, names), "others may have read the key"


def test_a_host_that_was_chosen_stays_and_is_in_the_certificate(settings: Settings) -> None:
    chosen = Settings(database=settings.database, host="10.9.8.7")
    prepared = prepare(chosen, {"host"})
    assert prepared.host == "10.9.8.7"
    assert is_good(dev_certificate_file(settings.database), ["10.9.8.7"])
    assert "https://10.9.8.7:8000" in invitation(prepared, ["https://10.9.8.7:8000"])


def test_the_addresses_are_those_that_a_headset_can_open(settings: Settings) -> None:
    told = invitation(prepare(settings, ()), ["https://0.0.0.0:8123"]).splitlines()
    assert told[:2] == [
        "xr serves https://192.168.1.20:8123",
        "xr serves https://localhost:8123",
    ]
    named = Settings(database=settings.database, public_url="https://tea.local:8123")
    told = invitation(prepare(named, ()), ["https://0.0.0.0:8123"]).splitlines()
    assert [line for line in told if "://" in line] == ["xr serves https://tea.local:8123"]
    assert is_good(dev_certificate_file(settings.database), ["tea.local"])


def test_a_qr_code_is_dark_where_it_should_be_and_has_a_margin() -> None:
    text = "https://192.168.1.20:8000"
    halves = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}
    rows: list[list[int]] = []
    for line in qr_code(text).split("\n"):
        drawn = [halves[char] for char in line.removeprefix("\x1b[97;40m").removesuffix("\x1b[0m")]
        rows += ([upper for upper, _ in drawn], [lower for _, lower in drawn])
    matrix = segno.make(text, error="m", micro=False).matrix
    assert [row[4:-4] for row in rows[4 : 4 + len(matrix)]] == [list(row) for row in matrix]
    margin = [row[:4] + row[-4:] for row in rows[:-1]] + rows[:4] + rows[4 + len(matrix) : -1]
    assert not any(map(any, margin))


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--tls-certificate", "a.crt", "--tls-key", "a.key"], "there is a certificate already"),
        (["--public-url", "http://rooms.example.org"], "--dev-cert serves https"),
        ([], "apt install openssl"),
    ],
)
def test_a_refusal_says_what_to_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    flags: list[str],
    sentence: str,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # where no openssl is
    monkeypatch.setenv("XR_CONFIG", "")
    flags = [*flags, "--database", str(tmp_path / "xr.db")]
    assert main(["serve", "--dev-cert", *flags]) == 1
    assert sentence in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_request_that_openssl_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="openssl made no certificate"):
        make(tmp_path / "pair", ["not a name, and\n= no section"])
