"""No task outlives its connection, in whatever way the peer leaves in the midst of HTTP.

A wait that only success ends once kept a task for each peer that left between two requests.
"""

import re
from collections.abc import Callable

import pytest
import trio

from tests.serving.conftest import Launch
from tests.serving.process import Server
from tests.serving.raw import RawSocket, reset, upgrade

SECONDS = 30
TIMES = 10
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = (
    b"POST /rooms HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
HALF_POST = POST + b"Content-Length: 100\r\n\r\nname=half"
HALF_CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nname="
MANY_CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 5000

SHAPES = {
    "one": GET,
    "two": GET * 2,
    "twenty": GET * 20,
    "half a head": GET[:-2],
    "one and half a head": GET + GET[:-2],
    "half a POST": HALF_POST,
    "half a chunked POST": HALF_CHUNKED,
    "one and half a POST": GET + HALF_POST,
    "one and half a chunked POST": GET + HALF_CHUNKED,
    "half a POST that nobody reads": GET[:-2] + b"Content-Length: 60000\r\n\r\n" + b"a" * 40_000,
    "many chunks that nobody reads": GET[:-2] + MANY_CHUNKS,
    "one and many chunks": GET + GET[:-2] + MANY_CHUNKS,
    "all chunks that nobody reads": GET[:-2] + MANY_CHUNKS + b"0\r\n\r\n",
    "waiting to go on": POST + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
    "not found": GET.replace(b"/", b"/nowhere", 1) * 3,
    "HEAD": GET.replace(b"GET", b"HEAD") * 2,
    "no HTTP": b"\x16\x03\x01\0\0" * 9,
    "one and no HTTP": GET + b"\0" * 100,
    "one and an upgrade to nowhere": GET + upgrade("/nowhere"),
    "one and a handshake without a token": GET + upgrade(),
    "two lengths": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


def close(client: RawSocket) -> None:
    client.socket.close()


async def wait_for_no_task_more(server: Server, before: float) -> None:
    """All that were started are gone again; the connection that asks is one itself."""
    while True:
        metrics = await server.metrics()
        if metrics["xr_http_connections"] == 1 and metrics["xr_tasks"] <= before:
            return
        await trio.sleep(0.02)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("leave", [close, reset])
async def test_whoever_leaves_takes_all_tasks_along(
    either_server: Server, shape: bytes, leave: Callable[[RawSocket], None]
) -> None:
    server = either_server
    with trio.fail_after(SECONDS):
        before = (await server.metrics())["xr_tasks"]
        for _ in range(TIMES):
            client = await server.connect()
            await client.send_quietly(shape)
            leave(client)
        await wait_for_no_task_more(server, before)


async def test_whoever_stays_with_an_answered_request_of_which_more_comes_is_let_go(
    either_server: Server,
) -> None:
    """The app has answered and takes nothing more: what waits to be given to it waits in vain."""
    with trio.fail_after(SECONDS):
        before = (await either_server.metrics())["xr_tasks"]
        for shape in ("many chunks that nobody reads", "half a POST that nobody reads"):
            client = await either_server.connect()
            await client.send_quietly(SHAPES[shape])
            await client.rest()
        await wait_for_no_task_more(either_server, before)


async def test_a_request_that_takes_too_long_ends(launch: Launch) -> None:
    """Byte after byte it is never silent, and yet never whole."""
    server = launch(patch="import xr.serving.guard as guard; guard.REQUEST_DEADLINE = 0.5")
    with trio.fail_after(SECONDS):
        client = await server.connect()
        await client.send(HALF_POST)
        while not client.ended:
            await client.send_quietly(b"a")
            with trio.move_on_after(0.02):
                await client.receive_more()


async def test_an_old_connection_is_closed_with_an_answer(launch: Launch) -> None:
    server = launch(patch="import xr.serving.http as http; http.AGE = 0.0")
    with trio.fail_after(SECONDS):
        client = await server.connect()
        await client.send(GET)
        head = await client.head()
        assert head is not None
        assert (head.status, head.headers["connection"]) == (200, "close")
        await client.rest()


async def test_those_who_left_do_not_hold_up_the_end(launch_either: Launch) -> None:
    server = launch_either()
    with trio.fail_after(SECONDS):
        for shape in SHAPES.values():
            client = await server.connect()
            await client.send_quietly(shape)
            close(client)
        stuck = await server.connect(buffer=4096)
        await stuck.send_quietly(GET * 300)
        server.terminate()
        assert await server.exit_code(5) == 0
    assert "Traceback" not in server.log


@pytest.mark.parametrize("path", ["/", "/rooms", "/nowhere", "/socket/websocket?vsn=2.0.0"])
async def test_two_lengths_are_refused_and_nothing_behind_them_is_read(
    either_server: Server, path: str
) -> None:
    """A proxy may have believed the other length, and taken what follows for a body."""
    lengths = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    request = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n".encode() + lengths
    with trio.fail_after(SECONDS):
        client = await either_server.connect()
        await client.send(request + b"0\r\n\r\n" + GET)
        answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert len(re.findall(rb"HTTP/1\.1 \d", answer)) == 1
    assert b"connection: close" in answer.lower()
    assert b"not both" in answer
