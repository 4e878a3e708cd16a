"""Hypercorn's HTTP/1.1 without three things that nobody needs here and that were seen to do harm.

It changes to HTTP/2 for whoever asks; it agrees to compress websockets, for which one small message
can unpack to any size; and it answers twice if a client sends on before its upgrade is answered.
"""

import h11
from hypercorn.protocol.h11 import H11Protocol, H11WSConnection
from hypercorn.protocol.ws_stream import WSStream

_EXTENSIONS = b"sec-websocket-extensions"


class PlainHttp(H11Protocol):
    """Requests and websocket handshakes over HTTP/1.1. Belongs to its connection's task."""

    @property
    def upgrading(self) -> bool:
        """True from a websocket's handshake on, until the app has refused it."""
        return isinstance(self.stream, WSStream) and not self.stream.closed

    @property
    def done(self) -> bool:
        """True once a websocket is not Hypercorn's: it was let go, or its handshake was found
        wanting by Hypercorn itself, which does not hang up."""
        return isinstance(self.stream, WSStream) and self.stream.closed

    def let_go(self) -> bytes:
        """Send no more for the websocket that was accepted; what it has sent behind its request."""
        assert isinstance(self.stream, WSStream)
        assert isinstance(self.connection, _Held)
        self.stream.closed = True
        return bytes(self.connection.buffer)

    async def _check_protocol(self, event: h11.Request) -> None:
        """Hypercorn would change to HTTP/2 here."""

    async def _create_stream(self, request: h11.Request) -> None:
        plain = h11.Request(
            method=request.method,
            target=request.target,
            headers=[item for item in request.headers if item[0] != _EXTENSIONS],
            http_version=request.http_version,
        )
        await super()._create_stream(plain)
        if isinstance(self.connection, H11WSConnection):
            self.connection = _Held(self.connection.h11_connection)


class _Held(H11WSConnection):
    """Keeps what comes before the answer, for the websocket that may come of it."""

    def next_event(self) -> type[h11.NEED_DATA]:
        """Nothing for Hypercorn."""
        return h11.NEED_DATA
