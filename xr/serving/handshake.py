"""A websocket's opening handshake (RFC 6455 section 4): who may come is somebody else's decision.

Hypercorn's HTTP reads the request, its ``Handshake`` checks it and makes the answer's headers. Its
websocket is not used: it would start a task of the app for what is a question and an answer.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11
from hypercorn.protocol.ws_stream import Handshake

from xr.serving.connection import Connection

if TYPE_CHECKING:
    from hypercorn.typing import WebsocketScope

log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]
Connected = Callable[[Connection], None]


@dataclass(frozen=True)
class Admitted:
    """The websocket may be opened; ``connected`` then gives the connection its handler."""

    connected: Connected
    subprotocol: str | None = None


@dataclass(frozen=True)
class Refused:
    """It may not: the whole answer, but for what says that the connection ends with it."""

    status: int
    headers: Headers
    body: bytes


Admit = Callable[["WebsocketScope"], Admitted | Refused]

_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_VERSION = (b"sec-websocket-version", b"13")
BAD = Refused(400, [_TEXT, _VERSION], b"This is no websocket handshake of RFC 6455, version 13.\n")
_FAILED = Refused(500, [_TEXT], b"The server made a mistake. It has been noted.\n")


def asks_for_websocket(request: h11.Request) -> bool:
    """Whether a request begins a handshake, good or bad: all that Hypercorn takes for one."""
    named: dict[bytes, list[str]] = {b"upgrade": [], b"connection": []}
    for name, value in request.headers:
        if name in named:
            named[name] += [item.strip().lower() for item in value.decode("latin1").split(",")]
    asks = "websocket" in named[b"upgrade"] and "upgrade" in named[b"connection"]
    return asks and request.method.upper() == b"GET"


def read_handshake(request: h11.Request) -> Handshake | None:
    """The handshake of a request that asks for a websocket; None if it is a bad one."""
    try:
        handshake = Handshake(list(request.headers), request.http_version.decode())
    except UnicodeDecodeError:
        return None
    return handshake if handshake.is_valid() and not _has_body(request) else None


def _has_body(request: h11.Request) -> bool:
    """Whether more belongs to the request, which would be taken for the websocket's first bytes."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in request.headers
    )


def decide(admit: Admit, scope: "WebsocketScope") -> Admitted | Refused:
    """What ``admit`` says of a good handshake; a fault in it refuses."""
    try:
        return admit(scope)
    except Exception:
        log.exception("handshake.failed")
        return _FAILED
