"""The operator's commands, with and without a server, as they are typed."""

import json
import os
import re
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trio

from tests.serving.process import SECRET, Server, launched
from xr.admin import ask, perform
from xr.cli import main
from xr.errors import RequestRefused, StoreError
from xr.identity import Identity
from xr.pose import Pose
from xr.rooms.tenure import Tenure
from xr.settings import Settings
from xr.store.lock import acquire
from xr.store.sqlite import migrate, open_store

STANDING = Pose((1.0, 1.7, 2.0), (0.0, 0.0, 0.0, 1.0))

Typed = Callable[..., str]


def _typed(
    settings: Settings, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0
) -> str:
    """The lines that a command writes to standard output, or where it fails, to standard error."""
    flags = ["--database", str(settings.database), "--secret-key", settings.secret_key or ""]
    ended = main([*arguments, *flags])
    told = capsys.readouterr()
    assert ended == code, told.err
    assert (told.err if ended == 0 else told.out) == ""
    return told.err if ended else told.out


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=tmp_path / "xr.db", secret_key=SECRET)


@pytest.fixture
def typed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Typed:
    migrate(settings.database)
    return partial(_typed, settings, capsys)


def _save_poses(settings: Settings, room_id: str, *user_ids: str, days_ago: float = 0) -> None:
    async def save() -> None:
        async with open_store(settings.database) as store:
            await store.save_poses(Tenure(room_id), dict.fromkeys(user_ids, STANDING))

    trio.run(save)
    with closing(sqlite3.connect(settings.database)) as db, db:
        for user_id in user_ids:
            db.execute(
                "UPDATE poses SET updated_at = updated_at - ? WHERE room_id = ? AND user_id = ?",
                (days_ago * 86_400, room_id, user_id),
            )


def _users(settings: Settings, room_id: str) -> set[str]:
    with closing(sqlite3.connect(settings.database)) as db:
        return {
            row[0] for row in db.execute("SELECT user_id FROM poses WHERE room_id = ?", [room_id])
        }


# Without a server.


def test_a_command_begins_no_second_database_unless_told(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    told = _typed(settings, capsys, "rooms", "create", "Tea house", code=1)
    assert re.search(r"no database /.*xr\.db: .*--database.*--create", told)
    assert not settings.database.exists()
    room_id = _typed(settings, capsys, "rooms", "create", "--create", "Tea house").strip()
    assert _typed(settings, capsys, "rooms", "list").startswith(room_id)


def test_a_room_is_made_listed_changed_and_deleted(typed: Typed, settings: Settings) -> None:
    room_id = typed("rooms", "create", "Tea house").strip()
    assert re.fullmatch(r"[a-z0-9]{8}", room_id)
    listed = typed("rooms", "list")
    assert re.fullmatch(rf"{room_id} +0 present  \d{{4}}-\d\d-\d\d \d\d:\d\d  Tea house\n", listed)
    assert typed("rooms", "rename", room_id, "Coffee house") == "renamed\n"
    assert "Coffee house" in typed("rooms", "list")
    assert typed("rooms", "always-spawn", room_id, "on") == "changed\n"
    with closing(sqlite3.connect(settings.database)) as db:
        assert db.execute("SELECT always_spawn FROM rooms").fetchall() == [(1,)]
        (boxes,) = db.execute(
            "SELECT count(*) FROM components WHERE name = 'mesh_builder'"
        ).fetchone()
        assert 5 <= boxes <= 20
    assert typed("rooms", "always-spawn", room_id, "off") == "changed\n"
    assert typed("rooms", "delete", room_id) == "deleted\n"
    assert typed("rooms", "list") == "\n"


def test_rooms_that_nobody_entered_are_deleted(typed: Typed, settings: Settings) -> None:
    entered = typed("rooms", "create", "Tea house").strip()
    typed("rooms", "create", "Coffee house")
    _save_poses(settings, entered, "ann")
    assert typed("rooms", "delete", "--never-entered", "--older-than", "1") == "rooms deleted: 0\n"
    assert typed("rooms", "delete", "--never-entered") == "rooms deleted: 1\n"
    assert typed("rooms", "list").startswith(f"{entered} ")
    assert typed("rooms", "list").count("\n") == 1


def test_poses_are_forgotten(typed: Typed, settings: Settings) -> None:
    here, there = (typed("rooms", "create", name).strip() for name in ("here", "there"))
    for room_id in (here, there):
        _save_poses(settings, room_id, "ann", "ben")
        _save_poses(settings, room_id, "cem", days_ago=10)
    assert typed("users", "forget", "ann", "--room", here) == "poses forgotten: 1\n"
    assert _users(settings, here) == {"ben", "cem"}
    assert typed("users", "forget", "ben") == "poses forgotten: 2\n"
    assert typed("poses", "forget", "--days", "11") == "poses forgotten: 0\n"
    assert typed("poses", "forget", "--days", "9.5") == "poses forgotten: 2\n"
    assert (_users(settings, here), _users(settings, there)) == (set(), {"ann"})


def test_a_role_is_given_to_a_user_who_is_listed(typed: Typed, settings: Settings) -> None:
    here, there = (typed("rooms", "create", name).strip() for name in ("here", "there"))
    _save_poses(settings, here, "ann")
    _save_poses(settings, there, "ben")
    assert re.fullmatch(r"ann  \d{4}-\d\d-\d\d \d\d:\d\d\n", typed("users", "list", here))
    assert typed("users", "list").count("\n") == 2
    assert "nobody with this id" in typed("rooms", "role", here, "cem", "owner", code=1)
    for user_id, role in (("ann", "moderator"), ("ben", "owner")):
        assert typed("rooms", "role", here, user_id, role) == "changed\n"
    assert typed("rooms", "roles", here) == "ben  owner\nann  moderator\n"
    assert "needs an owner" in typed("rooms", "role", here, "ben", "guest", code=1)
    assert typed("users", "ban", "ann", "--room", here, "--hours", "2") == "banned\n"
    assert typed("users", "mute", "cem", "on", "--room", here) == "changed\n"
    assert re.fullmatch(
        r"ann  banned  until \d{4}-\d\d-\d\d \d\d:\d\d\ncem  muted\n", typed("rooms", "bans", here)
    )
    assert typed("rooms", "roles", here) == "ben  owner\n"
    assert "lower role" in typed("users", "ban", "ben", "--room", here, code=1)
    assert typed("users", "unban", "ann", "--room", here) == "let in again\n"
    assert "kept out" in typed("users", "unban", "ann", "--room", here, code=1)
    audit = typed("rooms", "audit", here)
    assert [line.split()[2:5] for line in audit.splitlines()][-1] == ["operator", "role", "ann"]
    assert "operator  ban ann  hours 2\n" in audit
    assert "king" in typed("rooms", "role", here, "ben", "king", code=2)
    with closing(sqlite3.connect(settings.database)) as db:
        rows = db.execute("SELECT room_id, user_id FROM standings WHERE role = 'owner'").fetchall()
        assert rows == [(here, "ben")]


def test_answers_are_given_in_json(typed: Typed) -> None:
    room_id = json.loads(typed("rooms", "create", "Zürich", "--json"))["id"]
    (room,) = json.loads(typed("rooms", "list", "--json"))["rooms"]
    assert (room["id"], room["name"], room["present"]) == (room_id, "Zürich", 0)
    assert json.loads(typed("users", "list", "--json")) == {"users": []}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("rooms", "rename", "nowhere", "x"), "no such room"),
        (("rooms", "delete", "nowhere"), "no such room"),
        (("rooms", "delete"), "name one room, or say --never-entered"),
        (("rooms", "delete", "x", "--never-entered"), "name one room, or say --never-entered"),
        (("rooms", "delete", "x", "--older-than", "1"), "name one room, or say --never-entered"),
        (("rooms", "always-spawn", "nowhere", "on"), "no such room"),
        (("rooms", "create", " "), "A room needs a name"),
        (("rooms", "create", "x" * 81), "at most 80 characters"),
        (("users", "kick", "ann"), "no server runs"),
        (("rooms", "who", "x"), "no server runs"),
        (("rooms", "role", "nowhere", "ann", "owner"), "no such room"),
        (("users", "list", "nowhere"), "no such room"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    typed: Typed, arguments: tuple[str, ...], complaint: str
) -> None:
    typed("rooms", "create", "x")
    assert complaint in typed(*arguments, code=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("rooms", "always-spawn", "x", "maybe"),
        ("poses", "forget", "--days", "nan"),
        ("poses", "forget", "--days", "-1"),
        ("poses", "forget", "--days", "soon"),
    ],
)
def test_what_is_typed_wrong_is_refused(
    settings: Settings, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    told = _typed(settings, capsys, *arguments, code=2)
    assert re.search(r"on or off, not|a number from 0 to 36500, not", told)


def test_a_mistyped_database_is_not_made(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "there is no database" in _typed(settings, capsys, "rooms", "list", code=1)
    assert os.listdir(settings.database.parent) == []


def test_a_server_that_is_starting_is_not_disturbed(typed: Typed, settings: Settings) -> None:
    typed("rooms", "create", "x")
    with acquire(settings.database):
        assert "in use by another xr" in typed("rooms", "create", "y", code=1)
    assert typed("rooms", "list").count("\n") == 1


# With a server.


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with launched(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def asked(server: Server, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Commands typed on the machine of the running server."""
    settings = Settings(database=server.database, secret_key=SECRET)
    return partial(_typed, settings, capsys)


def test_the_running_server_needs_no_leave_to_create(asked: Typed) -> None:
    assert len(asked("rooms", "create", "--create", "Tea house").strip()) == 8


def test_the_running_server_does_it(server: Server, asked: Typed) -> None:
    room_id = asked("rooms", "create", "Served house").strip()
    assert re.search(rf"{room_id} +0 present .* Served house\n", asked("rooms", "list"))
    assert asked("rooms", "rename", room_id, "Kept house") == "renamed\n"
    assert asked("rooms", "always-spawn", room_id, "on") == "changed\n"
    assert asked("users", "forget", "ann", "--room", room_id) == "poses forgotten: 0\n"
    assert asked("users", "forget", "ann") == "poses forgotten: 0\n"
    assert asked("poses", "forget", "--days", "30") == "poses forgotten: 0\n"
    assert "Kept house" in asked("rooms", "list")
    assert asked("rooms", "delete", "--never-entered", "--older-than", "1") == "rooms deleted: 0\n"
    assert asked("rooms", "delete", room_id) == "deleted\n"
    assert "Kept house" not in asked("rooms", "list")
    server.wait_for_line("admin.asked command=rooms-delete")


async def test_it_sends_away_whom_it_is_told_to(server: Server) -> None:
    settings = Settings(database=server.database, secret_key=SECRET)
    room_id = (await perform("rooms-create", {"name": "x"}, settings))["id"]
    user_id = Identity(SECRET).new_user()
    raw = await server.member(room_id, user_id)
    (room,) = [
        room
        for room in (await perform("rooms-list", {}, settings))["rooms"]
        if room["id"] == room_id
    ]
    assert room["present"] == 1
    assert await perform("rooms-who", {"room_id": room_id}, settings) == {"users": [user_id]}
    (user,) = (await perform("users-list", {"room_id": room_id}, settings))["users"]
    assert (user["id"], user["in"]) == (user_id, [room_id])
    assert (await perform("users-kick", {"user_id": user_id}, settings))["kicked"] == 1
    with trio.fail_after(10):
        await raw.rest()
    await raw.aclose()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("rooms", "rename", "nowhere", "x"), "refused: no such room"),
        (("rooms", "create", " "), "refused: A room needs a name"),
        (("users", "kick", "nobody"), "refused: nobody with this id is connected"),
        (("rooms", "who", "nowhere"), "refused: no such room"),
    ],
)
def test_its_refusals_are_passed_on(
    asked: Typed, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in asked(*arguments, code=1)


async def test_who_does_not_know_the_secret_is_refused_and_told_why(server: Server) -> None:
    other = Settings(database=server.database, secret_key="not the secret of the server")
    with pytest.raises(RequestRefused, match=r"refused: .*token.*XR_SECRET_KEY"):
        await perform("rooms-list", {}, other)


def test_a_proxy_of_the_environment_is_not_used(
    asked: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert asked("users", "forget", "nobody") == "poses forgotten: 0\n"


def test_a_server_that_has_gone_is_said_so() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(StoreError, match=f"{url} does not answer: .*refused"):
            ask(url, SECRET, "rooms-list", {})


class _Babbler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_another_server_at_that_address_is_noticed() -> None:
    with HTTPServer(("127.0.0.1", 0), _Babbler) as babbler:
        thread = threading.Thread(target=babbler.handle_request)
        thread.start()
        with pytest.raises(StoreError, match="no answer"):
            ask(f"http://127.0.0.1:{babbler.server_port}", SECRET, "rooms-list", {})
        thread.join()
