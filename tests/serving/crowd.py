"""Many members of a room that move and read, as a background for those who misbehave."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio

from tests.serving.process import Server
from tests.serving.raw import RawSocket, message
from xr.pose import Pose
from xr.wire.record import pack_push

PERIOD = 0.05


def move(room_id: str, x: float, z: float = 0.0) -> bytes:
    """The frame of a binary ``i_moved``."""
    pose = pack_push(Pose((x, 1.7, z), (0.0, 0.0, 0.0, 1.0)))
    return message(f"room:{room_id}", "i_moved", pose, join_ref="join")


async def discard(client: RawSocket) -> None:
    """Read everything until the connection ends."""
    while await client.receive_more():
        client.received.clear()


@asynccontextmanager
async def crowd(server: Server, room_id: str, count: int) -> AsyncIterator[list[RawSocket]]:
    """``count`` members, crowd0 and so on, who move 20 times a second and read."""
    clients = [await server.member(room_id, f"crowd{i}") for i in range(count)]
    async with trio.open_nursery() as nursery:
        for client in clients:
            nursery.start_soon(discard, client)
        nursery.start_soon(_move_all, clients, room_id)
        yield clients
        nursery.cancel_scope.cancel()


async def _move_all(clients: list[RawSocket], room_id: str) -> None:
    step = 0
    while True:
        step += 1
        for i, client in enumerate(clients):
            await client.send_quietly(move(room_id, step * 0.01, float(i)))
        await trio.sleep(PERIOD)


async def flood(client: RawSocket, data: bytes) -> None:
    """Send ``data`` over and over in a thread of its own, until the connection ends."""
    with socket.socket(fileno=client.socket.detach()) as plain:
        plain.settimeout(10)
        try:
            await trio.to_thread.run_sync(_flood, plain, data, abandon_on_cancel=True)
        finally:
            with suppress(OSError):
                plain.shutdown(socket.SHUT_RDWR)  # ends the thread, if it was abandoned


def _flood(plain: socket.socket, data: bytes) -> None:
    try:
        while True:
            plain.sendall(data)
    except OSError:
        return
