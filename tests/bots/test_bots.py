"""Bots in the real server: they see each other, and say in words what goes wrong."""

import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.hosting.test_check import free_port
from tests.serving.process import SECRET, Server, launched
from xr.admin import perform
from xr.bots.command import Options
from xr.bots.crowd import run_bots
from xr.bots.report import Report
from xr.cli import main
from xr.settings import Settings
from xr.wire.messages import Poses


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with launched(tmp_path_factory.mktemp("server"), max_per_room=4, grace=0) as running:
        yield running


def _url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


async def _send(server: Server, told: list[str], room: str, count: int, seconds: float) -> Report:
    options = Options(room, count, seconds, rate=30, url=_url(server))
    with trio.fail_after(30):
        return await run_bots(options, told.append)


async def test_they_come_in_by_a_password_and_below_a_path(tmp_path: Path) -> None:
    url = f"http://localhost:{(port := free_port())}/xr"
    with launched(tmp_path, port=port, public_url=url, password="open sesame") as guarded:
        made = await perform("rooms-create", {"name": "Tea"}, _settings(guarded))
        for password, joined in (("open sesame", 2), ("another one", 0), (None, 0)):
            told: list[str] = []
            options = Options(made["id"], 2, 1, url=url, password=password)
            with trio.fail_after(30):
                report = await run_bots(options, told.append)
            assert (report.joined, bool(told)) == (joined, joined == 0), told


def _settings(server: Server) -> Settings:
    return Settings(database=server.database, secret_key=SECRET)


@pytest.mark.timing
@pytest.mark.parametrize("form", ["binary", "batch", "json"])
async def test_they_see_each_other(server: Server, form: Poses) -> None:
    room = await server.make_room()
    told: list[str] = []
    options = Options(room, 3, 1.5, 20, form, _url(server), seed=7)
    with trio.fail_after(30):
        report = await run_bots(options, told.append)
    assert told == []
    assert not report.errors
    assert report.joined == 3
    assert report.joins == 3  # the first sees two come, the second one
    assert report.poses > 60  # each of three sees two others, for a second and more
    latency = report.latency(0.5)
    assert latency is not None
    assert latency < 1
    assert report.seconds == pytest.approx(1.5, abs=0.5)
    (listed,) = [
        found
        for found in (await perform("rooms-list", {}, _settings(server)))["rooms"]
        if found["id"] == room
    ]
    assert listed["present"] == 0  # they said goodbye


async def test_a_full_room_is_said_so(server: Server) -> None:
    told: list[str] = []
    report = await _send(server, told, await server.make_room(), 6, 1.5)
    assert told == ["the room refused the join: room is full"]
    assert report.joined == 4
    assert report.errors.total() == 2


async def test_a_room_that_is_not_there_is_said_so(server: Server) -> None:
    told: list[str] = []
    report = await _send(server, told, "nowhere", 2, 1)
    assert told == ["there is no room 'nowhere'"]
    assert report.joined == 0


async def test_a_server_that_is_not_there_is_said_so() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        told: list[str] = []
        report = await run_bots(Options("x", 1, 1, url=url), told.append)
    assert told == [f"cannot reach {url}: Connection refused"]
    assert report.joined == 0


async def _when_all_are_there(server: Server, room: str, count: int) -> None:
    with trio.fail_after(20):
        while True:
            listed = (await perform("rooms-list", {}, _settings(server)))["rooms"]
            if any(found["id"] == room and found["present"] == count for found in listed):
                return
            await trio.lowlevel.checkpoint()


async def test_a_deleted_room_is_said_so(server: Server) -> None:
    room = await server.make_room()
    told: list[str] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_send, server, told, room, 2, 60)
        await _when_all_are_there(server, room, 2)
        await perform("rooms-delete", {"room_id": room}, _settings(server))
    assert told == ["the room was closed"]


async def test_a_server_that_ends_is_said_so(tmp_path: Path) -> None:
    with launched(tmp_path) as server:
        room = await server.make_room()
        told: list[str] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_send, server, told, room, 2, 60)
            await _when_all_are_there(server, room, 2)
            server.terminate()
    assert told == ["the server restarts: the server is restarting"]


async def test_too_many_from_one_address_is_said_so(tmp_path: Path) -> None:
    with launched(tmp_path, max_per_address=1) as server:
        told: list[str] = []
        report = await _send(server, told, await server.make_room(), 2, 1)
    assert len(told) == 1
    assert told[0].startswith("the websocket is refused: HTTP 503 ")
    assert report.joined == 1


def test_as_it_is_typed(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    room = trio.run(server.make_room)
    run = partial(_typed, "--count", "2", "--seconds", "1", "--url", _url(server) + "/")
    assert run("--room", room) == 0
    assert capsys.readouterr().out.startswith("2 bots joined; they were there for 1.")
    assert run("--room", "nowhere") == 1
    assert "error: there is no room 'nowhere' (2 times)\n" in capsys.readouterr().out


def _typed(*arguments: str) -> int:
    return main(["bots", *arguments])


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--count", "0"),
        ("--count", "1.5"),
        ("--seconds", "nan"),
        ("--rate", "1000"),
        ("--poses", "smoke"),
        ("--url", "localhost:8000"),
        ("--url", "ftp://localhost"),
    ],
)
def test_what_is_typed_wrong_is_refused(
    capsys: pytest.CaptureFixture[str], flag: str, value: str
) -> None:
    assert _typed("--room", "x", flag, value) == 2
    assert f"Invalid value for '{flag}':" in capsys.readouterr().err
