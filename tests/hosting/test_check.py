"""``xr check``: each fault is made for real, and is told with its cure."""

import dataclasses
import datetime
import json
import os
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from tests.serving.process import SECRET, launched
from xr import usage
from xr.cli import main
from xr.errors import SettingsError
from xr.hosting import clock, files
from xr.hosting.check import check, summary
from xr.hosting.files import (
    look_at_database,
    look_at_disk,
    look_at_folder,
    look_at_key,
    look_at_owner,
    may_read,
)
from xr.hosting.findings import Finding, Findings, Grade
from xr.hosting.reach import (
    look_at_certificate,
    look_at_port,
    look_at_proxy,
    look_at_public_url,
)
from xr.setting_sources import load_with_origins
from xr.settings import Settings
from xr.store.lock import acquire
from xr.store.secret import load_secret, remember_secret, secret_file
from xr.store.sqlite import migrate

NOBODY = 65534


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("XR_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a server that has run: a database with a user, and its key."""
    found = Settings(database=tmp_path / "xr.db", port=0)
    migrate(found.database)
    remember_secret(found.database, load_secret(found))
    with closing(sqlite3.connect(found.database)) as db, db:
        db.execute("INSERT INTO users (user_id, first_seen, last_seen) VALUES ('ann', 1, 1)")
    return found


def changed(settings: Settings, **values: Any) -> Settings:
    return dataclasses.replace(settings, **values)


def only(found: Findings, grade: Grade) -> Finding:
    (finding,) = found
    assert finding.grade is grade, finding
    return finding


def test_all_is_well_and_no_file_is_left(settings: Settings) -> None:
    before = sorted(settings.database.parent.iterdir())
    found = check(settings)
    assert {finding.grade for finding in found if finding.subject != "clock"} == {Grade.GOOD}
    assert {"folder", "owner", "disk", "clock", "key", "database", "version", "port"} == {
        finding.subject for finding in found
    }
    assert sorted(settings.database.parent.iterdir()) == before


def test_the_command_tells_origins_and_cures_and_ends_with_1(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "xr.toml"
    config.write_text(f'database = "{settings.database}"\nport = 0\n')
    monkeypatch.setenv("XR_TICK", "0.1")
    typed = ["check", "--config", str(config), "--max-rooms", "7"]
    assert main(typed) == 0
    shown = capsys.readouterr().out.splitlines()
    for line, origin in {
        "tick = 0.1": "the environment",
        "port = 0": str(config),
        "max_rooms = 7": "the flags",
        "grace = 5.0": "the default",
    }.items():
        assert f"{line:<40}  # {origin}" in shown
    secret_file(settings.database).unlink()
    monkeypatch.setenv("XR_LINKED_BY_DOCKER", "1")
    assert main([*typed, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["settings"]["tick"] == {"value": "0.1", "from": "the environment"}
    found = {item["subject"]: item for item in answer["findings"]}
    assert found["key"]["grade"] == "fault"
    assert "XR_LINKED_BY_DOCKER" in found["settings"]["text"]


def test_the_last_line_counts() -> None:
    def found(*grades: Grade) -> list[Finding]:
        return [Finding(grade, "x", "y") for grade in grades]

    assert summary(found(Grade.GOOD)) == "all is well"
    assert summary(found(Grade.FAULT, Grade.GOOD)) == "1 fault, no warnings"
    assert summary(found(Grade.WARNING, Grade.WARNING)) == "no faults, 2 warnings"


def test_a_cure_stands_below_its_line() -> None:
    lines = str(Finding(Grade.FAULT, "key", "it is lost", "find it")).splitlines()
    assert lines[0].split() == ["fault", "key", "it", "is", "lost"]
    assert lines[1].strip() == "→ find it"


def test_commands_find_the_machines_own_settings(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "etc.toml"
    monkeypatch.setattr(usage, "SYSTEM_CONFIG", config)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert main(["rooms", "create", "Hall"]) == 1
    assert "there is no database" in capsys.readouterr().err
    config.write_text(f'database = "{settings.database}"\n')
    assert main(["rooms", "create", "Hall"]) == 0
    assert main(["rooms", "list"]) == 0
    assert "Hall" in capsys.readouterr().out
    monkeypatch.setenv("XR_CONFIG", "")  # no file, on purpose
    assert main(["rooms", "list"]) == 1
    assert list(elsewhere.iterdir()) == []


def test_a_file_of_settings_that_may_not_be_read_says_how_to_go_on(tmp_path: Path) -> None:
    class Closed(type(tmp_path)):  # type: ignore[misc]  # root, who may run this, reads all
        def read_text(self, *_: object, **__: object) -> str:
            raise PermissionError(13, "Permission denied", str(self))

    with pytest.raises(SettingsError, match="run this as root"):
        load_with_origins({}, None, Closed(tmp_path / "xr.toml"))


# Files


def test_a_missing_folder(tmp_path: Path) -> None:
    settings = Settings(database=tmp_path / "missing" / "xr.db", port=0)
    assert "mkdir -p" in only(look_at_folder(settings), Grade.FAULT).cure
    assert [*look_at_owner(settings), *look_at_disk(settings)] == []
    assert any(finding.grade is Grade.FAULT for finding in check(settings))


def test_a_folder_that_everybody_may_write_in(settings: Settings) -> None:
    settings.database.parent.chmod(0o777)
    assert "chmod o-w" in only(look_at_folder(settings), Grade.WARNING).cure


def test_files_of_somebody_else(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "service_user", lambda _: NOBODY)
    finding = only(look_at_owner(settings), Grade.FAULT)
    assert finding.cure.startswith("chown ")
    assert str(settings.database) in finding.cure


def test_a_key_that_is_lost_readable_or_anothers(settings: Settings) -> None:
    path = secret_file(settings.database)
    path.chmod(0o644)
    assert only(look_at_key(settings), Grade.WARNING).cure == f"chmod 600 {path}"
    path.chmod(0o600)
    key = path.read_text()
    path.write_text("a key of another server")
    assert "1 users" in only(look_at_key(settings), Grade.FAULT).text
    path.write_text("short")
    assert "holds no secret" in only(look_at_key(settings), Grade.FAULT).text
    path.unlink()
    assert "XR_SECRET_KEY" in only(look_at_key(settings), Grade.FAULT).text
    kept = changed(settings, secret_key=key.strip())
    assert "backups" in only(look_at_key(kept), Grade.GOOD).text


def test_before_the_first_start_nothing_is_missing(tmp_path: Path) -> None:
    settings = Settings(database=tmp_path / "xr.db", port=0)
    for look in (look_at_key, look_at_database):
        assert "made by the first start" in only(look(settings), Grade.GOOD).text


def test_a_database_that_is_damaged_none_or_newer(settings: Settings) -> None:
    whole = settings.database.read_bytes()
    with closing(sqlite3.connect(settings.database)) as db, db:
        db.execute("UPDATE _sqlite_migrations SET name = '9999_later' WHERE name = '0001_rooms'")
    assert "newer version" in only(look_at_database(settings), Grade.FAULT).text
    settings.database.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    assert "damaged" in only(look_at_database(settings), Grade.FAULT).text
    settings.database.write_text("a letter")
    assert "xr restore" in only(look_at_database(settings), Grade.FAULT).cure


def test_a_database_of_an_earlier_version(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.database)) as db, db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name >= '0008'")
    found = [*look_at_database(settings)]
    assert [finding.grade for finding in found] == [Grade.GOOD, Grade.WARNING]
    assert "0008_standings" in found[1].text


@pytest.mark.parametrize(
    ("free", "grade"), [(10, Grade.FAULT), (50, Grade.WARNING), (1000, Grade.GOOD)]
)
def test_a_disk_that_is_nearly_full(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, grade: Grade
) -> None:
    found = SimpleNamespace(free=free * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: found)
    assert "MiB free" in only(look_at_disk(settings), grade).text


def test_a_clock_that_is_behind(settings: Settings) -> None:
    later = time.time() + 86_400
    os.utime(settings.database, (later, later))
    assert "later than that" in only(clock.look_at_clock(settings), Grade.FAULT).text


def test_files_are_read_as_the_servers_user(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.touch(0o600)
    assert may_read(path, os.geteuid())
    assert not may_read(tmp_path / "missing", os.geteuid())
    if os.geteuid() == 0:
        assert not may_read(path, NOBODY)
        assert may_read(Path("/etc/passwd"), NOBODY)
        assert may_read(Path("/etc/passwd"), 54321)  # a user without a name


# Reach


def test_a_port_that_is_taken_and_one_that_needs_a_capability(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finding = only(look_at_port(changed(settings, port=port)), Grade.FAULT)
    assert f":{port}" in finding.cure
    nowhere = changed(settings, host="nowhere.invalid")
    assert "nowhere.invalid" in only(look_at_port(nowhere), Grade.FAULT).text
    with acquire(settings.database):
        assert "serves nothing" in only(look_at_port(settings), Grade.WARNING).text


def test_the_port_for_http_is_tried_too_and_needs_https(settings: Settings) -> None:
    plain = changed(settings, port=0, redirect_port=1)
    *_, finding = look_at_port(plain)
    assert finding.grade is Grade.FAULT
    assert "XR_TLS_CERTIFICATE" in finding.text
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        secure = changed(
            plain,
            redirect_port=port,
            public_url="https://rooms.example.org",
            tls_certificate=Path("chain.pem"),
            tls_key=Path("key.pem"),
        )
        *_, finding = look_at_port(secure)
    assert finding.grade is Grade.FAULT
    assert f":{port}" in finding.cure
    assert "XR_REDIRECT_PORT" in finding.cure


Pair = tuple[Path, Path]
Spoil = Callable[[Path, Path], None]


def issue(pair: Pair, host: str = "rooms.example.org", days: int = 90) -> Settings:
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days, minutes=5)
    issued = trustme.CA().issue_cert(host, not_after=end)
    issued.cert_chain_pems[0].write_to_path(pair[0])
    issued.private_key_pem.write_to_path(pair[1])
    return Settings(
        database=pair[0].parent / "xr.db",
        public_url="https://rooms.example.org",
        tls_certificate=pair[0],
        tls_key=pair[1],
    )


def test_the_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = tmp_path / "chain.pem", tmp_path / "key.pem"
    assert [*look_at_certificate(Settings())] == []
    assert "valid until 20" in only(look_at_certificate(issue(pair)), Grade.GOOD).text
    ending = only(look_at_certificate(issue(pair, days=3)), Grade.WARNING)
    assert "it expires in 3 days" in ending.text
    assert "expired" in only(look_at_certificate(issue(pair, days=-1)), Grade.FAULT).text
    other = issue(pair, "other.example.org")
    assert "rooms.example.org" in only(look_at_certificate(other), Grade.FAULT).text
    pair[1].write_text("nothing")
    assert "private key" in only(look_at_certificate(other), Grade.FAULT).text
    if os.geteuid() == 0:
        pair[1].chmod(0o600)
        monkeypatch.setattr("xr.hosting.reach.service_user", lambda _: NOBODY)
        assert "may not read" in only(look_at_certificate(other), Grade.FAULT).text


def test_a_proxy_that_must_be_there_and_is_not_trusted() -> None:
    assert [*look_at_proxy(Settings())] == []
    behind = Settings(public_url="https://rooms.example.org")
    assert "XR_TRUSTED_PROXIES" in only(look_at_proxy(behind), Grade.WARNING).cure
    trusting, _ = load_with_origins({"XR_TRUSTED_PROXIES": "127.0.0.1"})
    assert "127.0.0.1" in only(look_at_proxy(trusting), Grade.GOOD).text


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def test_a_server_that_runs_answers_at_its_own_place_and_at_the_public_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with launched(tmp_path, port=port, public_url=url) as server:
        settings = Settings(database=server.database, port=port, public_url=url, secret_key=SECRET)
        found = check(settings)
        assert not [finding for finding in found if finding.grade is Grade.FAULT]
        by_subject = {finding.subject: finding for finding in found}
        assert "websockets too" in by_subject["public URL"].text
        assert by_subject["port"].text.endswith(" answers")
        other = only(look_at_port(changed(settings, port=port + 1)), Grade.WARNING)
        assert "same settings" in other.cure
        async with await server.connect() as raw:
            forwarded = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
            await raw.send(forwarded.encode())
            assert await raw.head() is not None
        monkeypatch.setattr("xr.hosting.reach.__version__", "9.9")
        told = {finding.subject: finding for finding in look_at_port(settings)}
        assert "systemctl restart" in told["version"].cure
        assert "XR_TRUSTED_PROXIES=127.0.0.1" in told["hint"].text


@contextmanager
def answering(status: int, body: bytes, upgraded: int) -> Iterator[str]:
    """An HTTP server that gives these answers, to the health check and to a handshake."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(upgraded if self.path.startswith("/socket") else status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body", "upgraded", "text"),
    [
        (200, b'{"status": "ok"}', 403, "answers, websockets too"),
        (200, b'{"status": "ok"}', 426, "lets no websockets through"),
        (502, b"Bad Gateway", 502, "something else, with 502"),
        (200, b'"a page"', 200, "something else, with 200"),
    ],
)
def test_the_public_url_is_tried(
    settings: Settings, status: int, body: bytes, upgraded: int, text: str
) -> None:
    with acquire(settings.database), answering(status, body, upgraded) as url:
        grade = Grade.GOOD if text.startswith("answers") else Grade.FAULT
        assert text in only(look_at_public_url(changed(settings, public_url=url)), grade).text


def test_a_public_url_that_does_not_answer(settings: Settings) -> None:
    closed = changed(settings, public_url=f"http://127.0.0.1:{free_port()}")
    assert "not tried" in only(look_at_public_url(closed), Grade.GOOD).text
    with acquire(settings.database):
        assert "does not answer" in only(look_at_public_url(closed), Grade.WARNING).text
        nowhere = changed(settings, public_url="https://nowhere.invalid")
        assert "no address" in only(look_at_public_url(nowhere), Grade.FAULT).text
    world = changed(settings, host="0.0.0.0")
    assert "XR_PUBLIC_URL" in only(look_at_public_url(world), Grade.WARNING).cure
    assert [*look_at_public_url(changed(settings, host="localhost"))] == []
