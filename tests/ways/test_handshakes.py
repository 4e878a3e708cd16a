"""A websocket's handshake gets the same answer either way."""

from collections.abc import Callable

import pytest
import trio

from tests.serving.process import Server
from tests.serving.raw import Head, upgrade

SECONDS = 30
PATH = "/socket/websocket?vsn=2.0.0"


async def answer(server: Server, request: bytes) -> tuple[Head, str]:
    """The head and the body of what is answered."""
    async with await server.connect() as raw:
        await raw.send(request)
        head = await raw.head()
        assert head is not None, "the server ended the connection"
        return head, "" if head.status == 101 else (await raw.body(head)).decode()


def token(server: Server) -> str:
    return server.identity.sign_token("ada")


@pytest.mark.parametrize("vsn", ["2.0.0", "1.0.0"])
async def test_a_known_user_is_let_in(server: Server, vsn: str) -> None:
    with trio.fail_after(SECONDS):
        request = upgrade(f"/socket/websocket?vsn={vsn}", token(server))
        head, _ = await answer(server, request)
        assert head.status == 101
        assert head.headers["sec-websocket-protocol"] == "phoenix"


async def test_a_token_in_the_query_needs_no_subprotocol(server: Server) -> None:
    with trio.fail_after(SECONDS):
        head, _ = await answer(server, upgrade(f"{PATH}&user_token={token(server)}"))
        assert head.status == 101
        assert "sec-websocket-protocol" not in head.headers


@pytest.mark.parametrize(
    ("path", "origin", "host", "status", "text"),
    [
        (PATH, None, "localhost", 403, "The token is missing, forged or expired."),
        (PATH, "http://evil.example", "localhost", 403, "XR_PUBLIC_URL"),
        (PATH, None, "evil.example", 403, "XR_PUBLIC_URL=http://evil.example"),
        ("/socket/websocket", None, "localhost", 400, "vsn must be 2.x or 1.0.0"),
        ("/socket/websocket?vsn=3.0.0", None, "localhost", 400, "vsn must be 2.x or 1.0.0"),
        ("/elsewhere", None, "localhost", 404, "it is at /socket/websocket"),
        ("/rooms/1", None, "localhost", 404, "it is at /socket/websocket"),
        (PATH, None, "a b", 400, "cannot be understood"),
        ("http://[", None, "localhost", 400, "cannot be understood"),
    ],
)
async def test_a_refusal_says_why(
    server: Server, path: str, origin: str | None, host: str, status: int, text: str
) -> None:
    extra = [] if origin is None else [f"Origin: {origin}"]
    with trio.fail_after(SECONDS):
        head, body = await answer(server, upgrade(path, host=host, extra=extra))
    assert (head.status, text in body) == (status, True), body
    assert head.headers["content-type"] == "text/plain; charset=utf-8"
    assert "content-security-policy" in head.headers


async def test_a_bad_handshake_is_refused(server: Server) -> None:
    """The server above decides this: of what it answers only the status is the same."""
    request = upgrade(PATH, token(server), without=["Sec-WebSocket-Version"])
    with trio.fail_after(SECONDS):
        async with await server.connect() as raw:
            await raw.send(request)
            head = await raw.head()
    assert head is not None
    assert head.status == 400


async def test_a_plain_request_is_told_what_belongs_here(server: Server) -> None:
    with trio.fail_after(SECONDS):
        head, _ = await server.fetch(PATH)
    assert head.status == 426
    assert head.headers["upgrade"] == "websocket"


async def test_one_too_many_is_refused_and_counted(launch: Callable[..., Server]) -> None:
    server = launch(max_clients=1)
    with trio.fail_after(SECONDS):
        await server.websocket()
        head, body = await answer(server, upgrade(PATH, token(server)))
        assert (head.status, body) == (503, "the server is full\n")
        assert int(head.headers["retry-after"]) > 0
        await answer(server, upgrade(PATH))
        metrics = await server.metrics()
        assert metrics['xr_refused_total{reason="the server is full"}'] == 1
        assert metrics['xr_refused_total{reason="token"}'] == 1
        assert metrics["xr_websockets"] == 1
