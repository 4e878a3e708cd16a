"""How the server ends, and how it takes the end of a client."""

import json
import signal
import sqlite3
from collections.abc import Callable

import pytest
import trio

from tests.serving.conftest import Launch
from tests.serving.crowd import move
from tests.serving.process import Server
from tests.serving.raw import RawSocket, message, reset

SECONDS = 30


@pytest.fixture
def server(either_server: Server) -> Server:
    """The server on each of its two paths."""
    return either_server


class TestSigterm:
    """Clients once got the end of their connection without a word, and late."""

    async def test_everybody_is_told_1012_and_the_exit_is_clean(
        self, launch_either: Launch
    ) -> None:
        server = launch_either()
        with trio.fail_after(20):
            room_id = await server.make_room()
            clients = [await server.member(room_id) for _ in range(5)]
            clients.append(await server.websocket())  # has joined nothing
            server.terminate()
            for client in clients:
                assert await client.close_code() == 1012
            assert await server.exit_code(5) == 0
        assert "Traceback" not in server.log

    async def test_newcomers_are_refused_meanwhile(self, launch: Launch) -> None:
        server = launch()
        with trio.fail_after(20):
            room_id = await server.make_room()
            async with await server.member(room_id, buffer=4096):
                server.terminate()
                with pytest.raises((OSError, AssertionError)):
                    await until_refused(server)
            assert await server.exit_code(5) == 0

    async def test_a_second_signal_ends_it_at_once(self, launch: Launch) -> None:
        server = launch()
        with trio.fail_after(20):
            room_id = await server.make_room()
            async with await server.member(room_id, buffer=4096) as client:
                with trio.move_on_after(1):
                    await client.send(message("phoenix", "heartbeat", {}, ref="r" * 60) * 5000)
                server.terminate()
                server.terminate()
                assert await server.exit_code(2) in (0, 1, -signal.SIGTERM, 128 + signal.SIGTERM)

    async def test_each_accepted_pose_is_on_disk(self, launch: Launch) -> None:
        server = launch(flush_interval=3600)
        users = [f"user{i}" for i in range(10)]
        with trio.fail_after(20):
            room_id = await server.make_room()
            clients = [await server.member(room_id, user) for user in users]
            for i, client in enumerate(clients):
                await client.send(move(room_id, 100.0 + i))
                await client.heartbeat()  # answered after the pose was taken
            server.terminate()
            assert await server.exit_code(5) == 0
        with sqlite3.connect(server.database) as database:
            rows = database.execute("select user_id, x from poses where room_id = ?", (room_id,))
            assert dict(rows) == {user: 100.0 + i for i, user in enumerate(users)}


async def until_refused(server: Server) -> None:
    while True:
        async with await server.websocket():
            pass


class TestLeaving:
    """A handler is cancelled when its client goes: what it awaits then is lost."""

    @pytest.mark.parametrize(
        "end",
        [
            pytest.param(reset, id="reset"),
            pytest.param(lambda client: client.socket.close(), id="end without close"),
        ],
    )
    async def test_a_socket_that_dies_leaves_its_room(
        self, server: Server, end: Callable[[RawSocket], None]
    ) -> None:
        with trio.fail_after(SECONDS):
            room_id = await server.make_room()
            async with await server.member(room_id) as witness:
                dying = await server.member(room_id, "dying")
                await dying.send(move(room_id, 42.0))
                joined = await witness.until("stoc")
                assert joined.payload["event"] == "user_joined"
                end(dying)
                left = await witness.until("stoc")
                assert left.payload == {"event": "user_left", "payload": {"user_id": "dying"}}
                assert await present(server, room_id) == 1
            async with await server.websocket("dying") as back:
                await back.join(room_id)
                seats = await back.until("user_snapshot")
                assert seats.payload["dying"]["position"][0] == pytest.approx(42.0)


async def present(server: Server, room_id: str) -> int:
    _, body = await server.fetch("/api/rooms")
    return next(int(room["present"]) for room in json.loads(body) if room["id"] == room_id)
