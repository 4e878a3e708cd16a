"""The opening handshake of a websocket (RFC 6455 section 4); ``admit`` decides whom to let in.

Hypercorn's HTTP reads the request, and its ``Handshake`` checks it. Its websocket is not used: it
would start a task of the app for one question and its answer.
"""

import base64
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import h11

from xr.metrics import Metrics
from xr.serving.carrier import Connected
from xr.serving.hypercorn_internals import Handshake
from xr.serving.protocols import Headers

if TYPE_CHECKING:
    from hypercorn.typing import WebsocketScope

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Admitted:
    """Admit: open the websocket; ``connected`` then gives the connection its handler."""

    connected: Connected
    subprotocol: str | None = None


@dataclass(frozen=True)
class Rejected:
    """Reject: HTTP status, metric label, body text, and extra headers."""

    status: int
    reason: str
    text: str
    headers: Headers = field(default_factory=list)

    def answer(self) -> tuple[Headers, bytes]:
        """All headers of the answer, after which the connection ends, and its body."""
        body = f"{self.text}\n".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
            *self.headers,
        ]
        return headers, body


Admit = Callable[["WebsocketScope"], Admitted | Rejected]

BAD = Rejected(
    400,
    "bad handshake",
    "This is no websocket handshake of RFC 6455, version 13.",
    [(b"sec-websocket-version", b"13")],
)
_FAILED = Rejected(500, "fault", "The server made a mistake. It has been noted.")
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_LISTS = (b"connection", b"sec-websocket-protocol", b"upgrade")


def asks_for_websocket(request: h11.Request) -> bool:
    """Whether a request begins a handshake, valid or not, by Hypercorn's own rule."""
    items: dict[bytes, list[str]] = {b"connection": [], b"upgrade": []}
    for name, value in request.headers:
        if name in items:
            items[name] += [each.strip().lower() for each in value.decode("latin1").split(",")]
    asks = "websocket" in items[b"upgrade"] and "upgrade" in items[b"connection"]
    return asks and request.method.upper() == b"GET"


def read_handshake(request: h11.Request) -> Handshake | None:
    """The handshake of a request that asks for a websocket; None if it is a bad one."""
    if request.http_version != b"1.1" or has_body(request):
        return None
    try:
        handshake = Handshake(_joined(request), "1.1")
    except UnicodeDecodeError:
        return None
    return handshake if handshake.is_valid() else None


def _joined(request: h11.Request) -> Headers:
    """The headers, with repeated list headers joined (RFC 9110 section 5.3)."""
    lists: dict[bytes, bytes] = {}
    others: Headers = []
    for name, value in request.headers:
        if name in _LISTS:
            lists[name] = lists[name] + b", " + value if name in lists else value
        else:
            others.append((name, value))
    return [*lists.items(), *others]


def has_body(request: h11.Request) -> bool:
    """Whether a body follows, which would be read as what comes next: a websocket's first bytes."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in request.headers
    )


def acceptance(answer: Admitted, handshake: Handshake) -> bytes:
    """The answer that opens the websocket. No extension is agreed to, above all no compression."""
    key = hashlib.sha1((handshake.key or b"") + _GUID, usedforsecurity=False).digest()
    lines = [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + base64.b64encode(key),
    ]
    if answer.subprotocol is not None:
        lines.append(b"Sec-WebSocket-Protocol: " + answer.subprotocol.encode())
    return b"\r\n".join((*lines, b"", b""))


def note_refusal(answer: Rejected, client: tuple[str, int] | None, metrics: Metrics) -> None:
    """Count a refusal, unless for want of capacity, which is counted where it is found."""
    if answer.status != 503:
        metrics.refused[answer.reason] += 1
    if answer is BAD:  # all others are logged where they are refused
        address = client[0] if client else "unknown"
        log.info("socket.refused status=%d reason=%r address=%s", 400, BAD.reason, address)


def decide(admit: Admit, scope: "WebsocketScope") -> Admitted | Rejected:
    """Ask ``admit`` about a valid handshake; an exception in it refuses."""
    try:
        return admit(scope)
    except Exception:
        log.exception("handshake.failed")
        return _FAILED
