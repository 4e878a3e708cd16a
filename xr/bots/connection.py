"""A bot's websocket, from the TCP connection on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import trio
from trio_websocket import WebSocketConnection, wrap_client_stream

from xr.bots.frames import subprotocols

PATIENCE = 10.0  # seconds, to connect and to be let in
_PARTING = 2.0  # seconds for the close frames
_RESOURCE = "/socket/websocket?vsn=2.0.0"


@asynccontextmanager
async def connected(url: str, token: str) -> AsyncIterator[WebSocketConnection]:
    """A websocket of the token's user, closed at the end of the block.

    The TCP connection is ours, because trio-websocket as a client leaves it open when the server
    closes first.

    Raises:
        OSError: the server cannot be reached.
        ExceptionGroup: of trio-websocket's ``HandshakeError`` or ``trio.TooSlowError``.
    """
    parts = urlsplit(url)
    resource = parts.path + _RESOURCE
    host = parts.hostname or ""
    stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]
    if parts.scheme == "https":
        stream = await trio.open_ssl_over_tcp_stream(host, parts.port or 443, https_compatible=True)
    else:
        stream = await trio.open_tcp_stream(host, parts.port or 80)
    async with stream, trio.open_nursery() as nursery:
        with trio.fail_after(PATIENCE):
            socket = await wrap_client_stream(
                nursery, stream, parts.netloc, resource, subprotocols=subprotocols(token)
            )
        yield socket
        with trio.move_on_after(_PARTING):
            await socket.aclose()
        nursery.cancel_scope.cancel()
