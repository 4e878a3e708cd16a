"""The entry of a websocket: everything is checked before the upgrade.

``admit`` is asked by the HTTP server of ``xr serve``, which then carries the websocket itself, and
under any other ASGI server by ``upgrade.py``, after which the route carries it.

The subprotocols are those of the npm package ``phoenix`` (``assets/js/phoenix/socket.js``).
"""

import base64
import binascii
import logging
import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from quart import Blueprint, Response, websocket

from xr.channels.serializer import negotiate
from xr.pages.addresses import caller_of, header_values, is_own_host
from xr.pages.asgi_socket import AsgiConnection
from xr.pages.errors import error_response
from xr.pages.gate import NOT_UNDERSTOOD, marks, sane_path, unknown_host
from xr.pages.guard import HINT, is_unwelcome_origin, own_origin
from xr.pages.services import Services, services
from xr.serving.handshake import Admitted, Rejected
from xr.wire.reasons import Reason

if TYPE_CHECKING:
    from hypercorn.typing import WebsocketScope

log = logging.getLogger(__name__)

socket = Blueprint("socket", __name__)

PATH = "/socket/websocket"

ADMITTED, CONNECTION = "xr.admitted", "xr.connection"
"""The places of an admitted websocket in its ASGI scope."""
_SUBPROTOCOL = "phoenix"
_BEARER = "base64url.bearer.phx."
_LONGEST_TOKEN = 4096
_LONGEST_AGENT = 200
_AGAIN = 5.0  # seconds until one that is refused for want of capacity may try again
_BAD_TOKENS = "Too many tokens that are missing, forged or expired came from your address."
_EITHER_ALPHABET = str.maketrans("-_", "+/")


@socket.get(PATH)
async def refuse_plain_request() -> Response:
    """Say to a plain request what belongs here."""
    services().hints.plain_request()
    text = "Only websockets are served here: connect with ws:// or wss://."
    return error_response(426, text, {"Upgrade": "websocket", "Connection": "Upgrade"})


@socket.websocket(PATH)
async def carry_websocket() -> None:
    """Carry an admitted websocket until it ends."""
    scope = cast("dict[str, Any]", websocket.scope)
    connection: AsgiConnection = scope[CONNECTION]
    await connection.run(websocket, scope[ADMITTED])


def admit(parts: Services, scope: "WebsocketScope") -> Admitted | Rejected:
    """Whether a websocket may be opened: its path, version, origin and token, then capacity."""
    parts.hints.look(scope, parts.settings)
    path = sane_path(scope, parts.settings.prefix)
    if path is None:
        return _refuse(parts, scope, 400, "odd address", NOT_UNDERSTOOD)
    if path != PATH:
        text = f"There is no websocket here: it is at {PATH}."
        return _refuse(parts, scope, 404, "no such path", text)
    asked = _first_of(scope["query_string"])
    version = negotiate(asked.get("vsn", ""))
    if version is None:
        text = "vsn must be 2.x or 1.0.0: versions 2 and 1 of Phoenix Channels are spoken here."
        return _refuse(parts, scope, 400, "vsn", text)
    caller = caller_of(scope, parts.settings)
    if not is_own_host(caller.host, parts.settings):
        return _refuse(parts, scope, 403, "host", unknown_host(caller))
    own = own_origin(caller, parts.settings)
    for origin in header_values(scope, b"origin"):
        if is_unwelcome_origin(origin, caller, parts.settings):
            parts.hints.foreign_origin(origin, own)
            return _refuse(parts, scope, 403, Reason.ORIGIN, HINT)
    token = token_of(scope["subprotocols"]) or asked.get("user_token")
    user_id = parts.identity.read_token(token)
    if user_id is None:
        delay = parts.bad_tokens.delay(caller.address)
        if delay:
            return _refuse(parts, scope, 429, Reason.TOKEN, _BAD_TOKENS, delay)
        return _refuse(parts, scope, 403, Reason.TOKEN, "The token is missing, forged or expired.")
    reason = parts.refuse(caller.address)
    if reason is not None:
        return _refuse(parts, scope, 503, reason, reason, _AGAIN)
    offered = _SUBPROTOCOL in scope["subprotocols"]
    return Admitted(
        partial(parts.connect, version, user_id, caller.address, _agent(scope)),
        _SUBPROTOCOL if offered else None,
    )


def token_of(subprotocols: Iterable[str]) -> str | None:
    """The token that a client offers among its subprotocols, in either base64 alphabet."""
    for item in subprotocols:
        if item.startswith(_BEARER) and len(item) <= _LONGEST_TOKEN:
            text = item.removeprefix(_BEARER).rstrip("=").translate(_EITHER_ALPHABET)
            try:
                return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
            except (binascii.Error, ValueError):  # ValueError: not ASCII, or not UTF-8 inside
                return None
    return None


def _first_of(query: bytes) -> dict[str, str]:
    """The first value of each name."""
    return dict(reversed(parse_qsl(query.decode("latin1"), keep_blank_values=True)))


def _agent(scope: "WebsocketScope") -> str:
    """The program that asks, as it calls itself."""
    return next(iter(header_values(scope, b"user-agent")), "")[:_LONGEST_AGENT]


def _refuse(
    parts: Services,
    scope: "WebsocketScope",
    status: int,
    reason: str,
    text: str,
    retry_after: float = 0,
) -> Rejected:
    address = caller_of(scope, parts.settings).address
    log.info("socket.refused status=%d reason=%r address=%s", status, reason, address)
    headers = list(marks(caller_of(scope, parts.settings), parts.settings))
    if retry_after:
        headers.append((b"retry-after", b"%d" % math.ceil(retry_after)))
    return Rejected(status, reason, text, headers)
