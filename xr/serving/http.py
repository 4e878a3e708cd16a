"""Hypercorn's HTTP/1.1, with four changes.

- No upgrade to HTTP/2.
- A websocket's handshake is answered here. Hypercorn would make it a request of the app, agree to
  compression, with which one small message can unpack to any size, and answer twice if a client
  sends more before the answer.
- A page that is at hand is answered here. As a request of the app it costs a task, two channels and
  a look through headers for each part of the answer, three times as much as the page itself.
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
    Rejected,
    acceptance,
    asks_for_websocket,
    decide,
    has_body,
    read_handshake,
)
from xr.serving.hypercorn_internals import Closed, H11Protocol, RawData
from xr.serving.protocols import AtOnce, Headers

if TYPE_CHECKING:
    from hypercorn.typing import HTTPScope, WebsocketScope

AGE = 3600.0
"""Seconds of a connection's life after which it is closed behind an answer."""

_TWO_LENGTHS = Rejected(
    400,
    "two lengths",
    "A request has Transfer-Encoding or Content-Length, not both (RFC 9112 section 6.1).",
)


class PlainHttp(H11Protocol):
    """Requests, until one asks for a websocket. Belongs to its connection's task.

    ``at_once`` is asked for an answer before the app.
    """

    upgrade: h11.Request | None = None

    def __init__(self, *arguments: Any, at_once: AtOnce = lambda _: None) -> None:
        super().__init__(*arguments)
        self._at_once = at_once
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
            answer = self.answer(request)
            if answer is None:
                await super()._create_stream(request)
            else:
                self._h11.next_event()  # the request's end
                await self.send(RawData(answer))
                await self._maybe_recycle()

    def read_whole(self, data: bytes) -> h11.Request | None:
        """The request, if these first bytes are a whole one in good order, and without a body.

        Else the connection is of no use any more: another one reads the bytes anew.
        """
        self._h11.receive_data(data)
        try:
            request = self._h11.next_event()
            if not isinstance(request, h11.Request):
                return None
            end = self._h11.next_event()
        except h11.RemoteProtocolError:
            return None
        return request if isinstance(end, h11.EndOfMessage) else None

    def answer(self, request: h11.Request) -> bytes | None:
        """The bytes of an answer that is at hand; None if the app has to be asked."""
        if request.method != b"GET" or has_body(request):
            return None
        reply = self._at_once(cast("HTTPScope", self._scope("http", request, method="GET")))
        if reply is None:
            return None
        headers = reply.headers
        if self.keep_alive_requests >= self.config.keep_alive_max_requests:
            headers = [*headers, (b"connection", b"close")]
        self.keep_alive_requests += 1
        return self._answered(reply.status, headers, reply.body)

    @property
    def goes_on(self) -> bool:
        """Whether another request may come after the answer that was given."""
        return self._h11.our_state is h11.DONE

    @property
    def answerable(self) -> bool:
        """False if Hypercorn has answered already, because of what came behind the request."""
        return self._h11.our_state is h11.SEND_RESPONSE

    def open(self, upgrade: h11.Request, admit: Admit) -> tuple[bytes, Admitted | Rejected]:
        """Decide about a handshake; returns the answer's bytes and the decision."""
        handshake = read_handshake(upgrade)
        if handshake is None:
            return self._refusal(BAD), BAD
        protocols = handshake.subprotocols or []
        scope = self._scope("websocket", upgrade, subprotocols=protocols)
        answer = decide(admit, cast("WebsocketScope", scope))
        if isinstance(answer, Rejected):
            return self._refusal(answer), answer
        return acceptance(answer, handshake), answer

    @property
    def early(self) -> bytes:
        """The bytes that the client has sent behind its handshake."""
        return bytes(self._h11.trailing_data[0])

    def _scope(self, kind: str, request: h11.Request, **more: object) -> dict[str, object]:
        path, _, query = request.target.partition(b"?")
        scheme = "ws" if kind == "websocket" else "http"
        return {
            "type": kind,
            "scheme": f"{scheme}s" if self.ssl else scheme,
            "path": unquote(path.decode("ascii")),
            "query_string": query,
            "headers": list(request.headers),
            "client": self.client,
            "server": self.server,
            **more,
        }

    def _refusal(self, answer: Rejected) -> bytes:
        headers, body = answer.answer()
        return self._answered(answer.status, headers, body)

    def _answered(self, status: int, headers: Headers, body: bytes) -> bytes:
        headers = headers + self.config.response_headers("h11")
        return b"".join(
            (
                self._sent(h11.Response(status_code=status, headers=headers)),
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
