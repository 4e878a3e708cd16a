"""Where a websocket is let in: everything is checked before the upgrade, then it is handed over.

The subprotocols are those of the npm package ``phoenix`` (``assets/js/phoenix/socket.js``).
"""

import base64
import binascii
import logging
from collections.abc import Iterable

from quart import Blueprint, Response, websocket

from xr.errors import CloseCode
from xr.pages.addresses import caller_of
from xr.pages.errors import error_response
from xr.pages.guard import HINT, is_foreign_origin, own_origin
from xr.pages.services import services

log = logging.getLogger(__name__)

socket = Blueprint("socket", __name__)

_SUBPROTOCOL = "phoenix"
_BEARER = "base64url.bearer.phx."
_LONGEST_TOKEN = 4096
_RETRY_SECONDS = "5"
_EITHER_ALPHABET = str.maketrans("-_", "+/")


@socket.get("/socket/websocket")
async def refuse_plain_request() -> Response:
    """Say to a plain request what belongs here."""
    text = "Only websockets are served here: connect with ws:// or wss://."
    return await error_response(426, text, {"Upgrade": "websocket", "Connection": "Upgrade"})


@socket.websocket("/socket/websocket")
async def connect() -> Response | None:
    """Admit a websocket of a known user, accept it and hand it over."""
    here = services()
    caller = caller_of(websocket.scope, here.settings)
    origin = websocket.headers.get("Origin")
    own = own_origin(caller, here.settings)
    if not websocket.args.get("vsn", "").startswith("2."):
        return _refuse(400, "vsn must be 2.x: this server speaks version 2 of Phoenix Channels.")
    if is_foreign_origin(origin, own):
        log.warning("socket.foreign address=%s origin=%r own=%r", caller.address, origin, own)
        return _refuse(403, HINT)
    user_id = here.identity.read_token(
        token_of(websocket.requested_subprotocols) or websocket.args.get("user_token")
    )
    if user_id is None:
        return _refuse(403, "The token is missing, forged or expired.")
    reason = here.refuse(caller.address)
    if reason is not None:
        return _refuse(503, reason, {"Retry-After": _RETRY_SECONDS})
    offered = _SUBPROTOCOL in websocket.requested_subprotocols
    await websocket.accept(subprotocol=_SUBPROTOCOL if offered else None)
    try:
        here.hand_over(user_id, caller.address)
    except Exception:
        log.exception("socket.failed user=%s", user_id)
        await websocket.close(CloseCode.FAULT)  # Quart would say 1000, "do not come back"
    return None


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


def _refuse(code: int, text: str, headers: dict[str, str] | None = None) -> Response:
    log.info("socket.refused code=%d reason=%r", code, text)
    return Response(f"{text}\n", code, headers, content_type="text/plain; charset=utf-8")
