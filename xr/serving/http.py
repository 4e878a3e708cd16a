"""Hypercorn's HTTP/1.1, with three changes.

- No upgrade to HTTP/2.
- A websocket's handshake is answered here. Hypercorn would make it a request of the app, agree to
  compression, with which one small message can unpack to any size, and answer twice if a client
  sends more before the answer.
- A request with two lengths ends the connection: a proxy in front may have used the other length.
"""

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import h11
import trio

from xr.serving.handshake import (
    BAD,
    Admit,
    Admitted,
    Refused,
    acceptance,
    asks_for_websocket,
    decide,
    read_handshake,
)
from xr.serving.hypercorn_internals import Closed, H11Protocol, Handshake, RawData

if TYPE_CHECKING:
    from hypercorn.typing import WebsocketScope

AGE = 3600.0
"""Seconds of a connection's life after which it is closed behind an answer."""

_TWO_LENGTHS = Refused(
    400,
    "two lengths",
    "A request has Transfer-Encoding or Content-Length, not both (RFC 9112 section 6.1).",
)


class PlainHttp(H11Protocol):
    """Requests, until one asks for a websocket. Belongs to its connection's task."""

    upgrade: h11.Request | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._old = trio.current_time() + AGE

    async def _check_protocol(self, event: h11.Request) -> None:
        """Stay with HTTP/1.1, where Hypercorn would change to HTTP/2."""

    async def _create_stream(self, request: h11.Request) -> None:
        if asks_for_websocket(request):
            self.upgrade = request
        elif _has_two_lengths(request):
            await self.send(RawData(self._refusal(_TWO_LENGTHS)))
            await self.send(Closed())
        else:
            if trio.current_time() > self._old:
                self.keep_alive_requests = self.config.keep_alive_max_requests
            await super()._create_stream(request)

    def read_upgrade(self, data: bytes) -> h11.Request | None:
        """The request for a websocket, if that is what these first bytes are, whole and in order.

        Else the connection is of no use any more: another one reads the bytes anew.
        """
        self._h11.receive_data(data)
        try:
            request = self._h11.next_event()
            if not isinstance(request, h11.Request) or not asks_for_websocket(request):
                return None
            end = self._h11.next_event()
        except h11.RemoteProtocolError:
            return None
        return request if isinstance(end, h11.EndOfMessage) else None

    @property
    def answerable(self) -> bool:
        """False if Hypercorn has answered already, because of what came behind the request."""
        return self._h11.our_state is h11.SEND_RESPONSE

    def open(self, upgrade: h11.Request, admit: Admit) -> tuple[bytes, Admitted | Refused]:
        """Decide about a handshake; returns the answer's bytes and the decision."""
        handshake = read_handshake(upgrade)
        if handshake is None:
            return self._refusal(BAD), BAD
        answer = decide(admit, self._scope(upgrade, handshake))
        if isinstance(answer, Refused):
            return self._refusal(answer), answer
        return acceptance(answer, handshake), answer

    @property
    def early(self) -> bytes:
        """The bytes that the client has sent behind its handshake."""
        return bytes(self._h11.trailing_data[0])

    def _scope(self, upgrade: h11.Request, handshake: Handshake) -> "WebsocketScope":
        path, _, query = upgrade.target.partition(b"?")
        scope = {
            "type": "websocket",
            "scheme": "wss" if self.ssl else "ws",
            "path": unquote(path.decode("ascii")),
            "query_string": query,
            "headers": list(upgrade.headers),
            "client": self.client,
            "server": self.server,
            "subprotocols": handshake.subprotocols or [],
        }
        return cast("WebsocketScope", scope)

    def _refusal(self, answer: Refused) -> bytes:
        headers, body = answer.answer()
        headers += self.config.response_headers("h11")
        return b"".join(
            (
                self._sent(h11.Response(status_code=answer.status, headers=headers)),
                self._sent(h11.Data(data=body)),
                self._sent(h11.EndOfMessage()),
            )
        )

    def _sent(self, event: h11.Event) -> bytes:
        return self._h11.send(event) or b""

    @property
    def _h11(self) -> h11.Connection:
        assert isinstance(self.connection, h11.Connection)
        return self.connection


def _has_two_lengths(request: h11.Request) -> bool:
    names = {name for name, _ in request.headers}
    return {b"transfer-encoding", b"content-length"} <= names
