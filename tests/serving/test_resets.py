"""A client that is gone while the server still obeys what came from it."""

import json
import socket
import struct

import trio

from tests.serving.process import Server
from tests.serving.raw import RawSocket, message

SECONDS = 30
TRIES = 10
_NO_LINGER = struct.pack("ii", 1, 0)


async def reset_after(raw: RawSocket, data: bytes) -> None:
    """Send this and reset the TCP connection at once."""
    await raw.send(data)
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    raw.socket.close()


async def present(server: Server, room_id: str) -> int:
    _, body = await server.fetch("/api/rooms")
    return int(next(room["present"] for room in json.loads(body) if room["id"] == room_id))


async def test_nobody_stays_who_joined_again_and_was_gone(server: Server) -> None:
    """The ``phx_close`` of the first membership is the write that meets the reset."""
    with trio.fail_after(SECONDS):
        room_id = await server.make_room()
        join = message(f"room:{room_id}", "phx_join", {}, ref="2", join_ref="2")
        for _ in range(TRIES):
            raw = await server.member(room_id)
            await reset_after(raw, join)
        while await present(server, room_id):  # each look is a request
            pass
        assert (await server.metrics())["xr_websockets"] == 0
