"""Rooms, and how a websocket ends, either way."""

import json
import sqlite3
from collections.abc import Callable

import pytest
import trio

from tests.phoenix.test_phoenix_client import visit
from tests.serving.client_frames import BINARY, CLOSE, TEXT, client_frame, close_payload
from tests.serving.crowd import move
from tests.serving.process import Server, Way
from tests.serving.raw import ABNORMAL, RawSocket, close_code, reset
from xr.serving.carrier import MAX_MESSAGE
from xr.wire.record import unpack_poses

SECONDS = 30
POSE = {"position": [1.5, 1.7, -2.0], "rotation": [0, 0, 0, 1]}


async def until_left(witness: RawSocket, user_id: str) -> None:
    """Wait until the witness hears that the user has left."""
    left = {"event": "user_left", "payload": {"user_id": user_id}}
    while (await witness.until("stoc")).payload != left:
        pass


async def code_of_close_frame(client: RawSocket) -> int:
    """The code of the next close frame, or ``ABNORMAL`` at the end without one."""
    while (frame := await client.frame()) is not None:
        if frame[0] == CLOSE:
            return close_code(frame[1])
    return ABNORMAL


async def test_two_see_each_other_move_and_leave(server: Server) -> None:
    with trio.fail_after(SECONDS):
        room_id = await server.make_room()
        ada = await server.websocket("ada")
        await ada.join(room_id)
        assert set((await ada.until("user_snapshot")).payload) == {"ada"}
        bob = await server.member(room_id, "bob")
        assert (await ada.until("stoc")).payload["event"] == "user_joined"
        await bob.send(move(room_id, 3.0))
        moved = (await ada.until("stoc")).payload
        assert moved["event"] == "user_moved"
        assert moved["payload"]["position"][0] == pytest.approx(3.0)
        await ada.push(f"room:{room_id}", "i_moved", POSE, join_ref="join")
        seen: set[float] = set()  # bob's own pose comes back too
        while 1.5 not in seen:
            poses = unpack_poses((await bob.until("poses")).payload)
            seen |= {pose.position[0] for pose in poses.values()}
        assert (await bob.heartbeat()).payload == {"status": "ok", "response": {}}
        await bob.push(f"room:{room_id}", "phx_leave", {}, join_ref="join")
        await bob.until("phx_close")
        await until_left(ada, "bob")


@pytest.mark.parametrize("goodbye", [True, False])
async def test_a_connection_that_ends_leaves_its_room(server: Server, goodbye: bool) -> None:
    """With a close frame, which gets an answer, or without."""
    with trio.fail_after(SECONDS):
        room_id = await server.make_room()
        ada = await server.websocket("ada")
        await ada.join(room_id)
        bob = await server.member(room_id, "bob")
        await ada.until("stoc")
        if goodbye:
            await bob.send(client_frame(CLOSE, close_payload(1000)))
            assert await bob.close_code() == 1000
        else:
            reset(bob)
        await until_left(ada, "bob")


@pytest.mark.parametrize(
    ("opcode", "payload", "code"),
    [
        (TEXT, b"x" * (MAX_MESSAGE + 1), 1009),
        (BINARY, b"x" * (MAX_MESSAGE + 1), 1009),
        (TEXT, "é".encode() * (MAX_MESSAGE // 2 + 1), 1009),
        (BINARY, b"", 1002),
        (BINARY, b"\xff", 1002),
        (TEXT, b"", 1007),
        (TEXT, b"not JSON", 1007),
    ],
)
async def test_a_bad_message_ends_its_connection_only(
    server: Server, opcode: int, payload: bytes, code: int
) -> None:
    with trio.fail_after(SECONDS):
        other = await server.websocket()
        client = await server.websocket()
        await client.send_quietly(client_frame(opcode, payload))
        assert await code_of_close_frame(client) == code
        await other.heartbeat()


async def test_text_that_is_no_text_ends_its_connection_only(server: Server, way: Way) -> None:
    """Hypercorn ends it without a word."""
    with trio.fail_after(SECONDS):
        other = await server.websocket()
        client = await server.websocket()
        await client.send_quietly(client_frame(TEXT, b"\xff\xfe"))
        assert await code_of_close_frame(client) == (1007 if way == "serve" else ABNORMAL)
        await other.heartbeat()


async def test_what_is_just_not_too_large_is_heard(server: Server) -> None:
    with trio.fail_after(SECONDS):
        client = await server.websocket()
        message = [None, "1", "phoenix", "heartbeat", {"fill": ""}]
        message[4] = {"fill": "x" * (MAX_MESSAGE - len(json.dumps(message)))}
        await client.send(client_frame(TEXT, json.dumps(message).encode()))
        assert (await client.until("phx_reply", ref="1")).payload["status"] == "ok"


async def test_a_user_is_sent_away_by_the_command_line(server: Server) -> None:
    """It finds the server by its lock, and the last words come before the close frame."""
    with trio.fail_after(SECONDS):
        room_id = await server.make_room()
        client = await server.member(room_id, "mallory")
        await server.command("users", "kick", "mallory")
        assert (await client.until("phx_close")).payload == {"reason": "kicked"}
        assert await client.close_code() == 1000


async def test_a_package_visits(server: Server) -> None:
    """The npm package ``phoenix``, unchanged."""
    with trio.fail_after(SECONDS):
        room_id = await server.make_room()
        async with visit(server, room_id, "ada") as ada, visit(server, room_id, "bob") as bob:
            await ada.enter()
            await bob.enter()
            assert await ada.until("present") == ["ada"]
            assert await ada.until("present") == ["ada", "bob"]
            await bob.do("push", event="i_moved", payload=POSE)
            seen = await ada.until("stoc")
            while seen["event"] != "user_moved":
                seen = await ada.until("stoc")
            assert seen["payload"] == {"user_id": "bob", **POSE}


async def test_sigterm_closes_with_1012_and_every_pose_is_on_disk(
    launch: Callable[..., Server],
) -> None:
    server = launch(flush_interval=3600)
    users = [f"user{number}" for number in range(5)]
    with trio.fail_after(SECONDS):
        room_id = await server.make_room()
        clients = [await server.member(room_id, user) for user in users]
        for number, client in enumerate(clients):
            await client.send(move(room_id, 100.0 + number))
            await client.heartbeat()  # answered after the pose was taken
        server.terminate()
        for client in clients:
            assert await client.close_code() == 1012
        assert await server.exit_code(10) == 0
    with sqlite3.connect(server.database) as database:
        rows = database.execute("select user_id, x from poses where room_id = ?", (room_id,))
        assert dict(rows) == {user: 100.0 + number for number, user in enumerate(users)}
    assert "Traceback" not in server.log, server.log
