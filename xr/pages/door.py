"""Why nobody gets in: what a page asks after its websocket or its join has failed.

A browser tells a page nothing about a refused websocket, not even the HTTP status.
"""

from dataclasses import dataclass

from quart import Blueprint, Response, jsonify, request

from xr.identity import COOKIE
from xr.pages.addresses import Caller, caller_of, is_host
from xr.pages.entrance import ASKED, has_entered
from xr.pages.guard import is_unwelcome_origin
from xr.pages.services import Services, services
from xr.rooms.door import SENTENCES
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

door = Blueprint("door", __name__)

_LONGEST_ORIGIN = 300
TEXTS = {
    Reason.RESTARTING: "The server is restarting. You come back by yourself in a moment.",
    Reason.FULL: "The server is full. It is tried again until somebody leaves.",
    Reason.ADDRESS_FULL: (
        "Too many people are connected from your network. It is tried again until one of them "
        "leaves. The server's operator can raise the limit: XR_MAX_PER_ADDRESS; behind a proxy, "
        "XR_TRUSTED_PROXIES has to name the proxy."
    ),
    Reason.RESTING: (
        "Too much was sent to the server from your network just now. It is tried again in a few "
        "seconds."
    ),
    Reason.TOKEN: "This page has been open for too long. Reload it.",
    Reason.COOKIE: (
        "This browser has forgotten who you are. Reload the page; if that does not help, allow "
        "this site to keep cookies."
    ),
    Reason.NO_SUCH_ROOM: (
        "There is no such room. Perhaps it was deleted. Choose another in the list."
    ),
    **SENTENCES,
    Reason.DATABASE: "The server cannot read its database now. It is tried again in a moment.",
    Reason.ROOM_IS_FULL: "The room is full. It is tried again until somebody leaves.",
}
_OTHERWISE = "You cannot come in now."


@dataclass(frozen=True)
class Closed:
    """A door that is closed: the reason, as in metrics and log, and a sentence for a person."""

    reason: Reason
    text: str


@door.get("/api/door")
async def ask_door() -> Response:
    """Whether a websocket and a join would be let in now, and if not, why.

    All parameters may be missing: ``room`` is an id, ``invite`` the text of a link, ``origin``
    the page's ``location.origin``.
    A token comes as ``Authorization: Bearer``; without one, the cookie says who asks.
    """
    closed = await _look(services())
    answer = {"open": True} if closed is None else {"open": False, **vars(closed)}
    return jsonify(answer)


async def _look(parts: Services) -> Closed | None:
    caller = caller_of(request.scope, parts.settings)
    refusal = parts.refusal(caller.address)
    if refusal == Reason.RESTARTING:  # all else may be otherwise after it
        return _closed(refusal)
    origin = request.args.get("origin") or request.headers.get("Origin")
    if is_unwelcome_origin(origin, caller, parts.settings):
        return Closed(Reason.ORIGIN, _wrong_address(parts, caller, origin or ""))
    user_id, reason = _who(parts)
    if _lacks_password(parts):
        return Closed(Reason.TOKEN, ASKED)
    room_id = request.args.get("room")
    if room_id is not None and await _is_missing(parts, room_id):
        reason = Reason.NO_SUCH_ROOM
    elif reason is None:
        reason = refusal
        if reason is None and room_id is not None:
            invite = request.args.get("invite")
            return _told(await parts.knock(room_id, user_id, caller.address, invite))
    return None if reason is None else _closed(reason)


def _told(refusal: Refused | None) -> Closed | None:
    return None if refusal is None else Closed(refusal.reason, sentence(refusal))


def _closed(reason: Reason) -> Closed:
    return Closed(reason, TEXTS[reason])


def sentence(refusal: Refused) -> str:
    """The refusal of a room, for a person."""
    return refusal.detail or TEXTS.get(refusal.reason, _OTHERWISE)


def _who(parts: Services) -> tuple[str, Reason | None]:
    """Identify the user who asks, or give the reason why that is not possible."""
    token = _token()
    by_token = parts.identity.read_token(token)
    by_cookie = parts.identity.read_cookie(request.cookies.get(COOKIE))
    if by_token is not None:
        return by_token, None
    if by_cookie is None:
        return "", Reason.COOKIE
    return by_cookie, Reason.TOKEN if token else None


def _lacks_password(parts: Services) -> bool:
    """Whether the server has a password that neither token nor cookie shows."""
    if parts.settings.password is None or has_entered(parts, request.scope):
        return False
    return parts.identity.read_token(_token()) is None


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


async def _is_missing(parts: Services, room_id: str) -> bool:
    return room_id not in parts.present() and room_id not in await parts.catalogue.rooms()


def _wrong_address(parts: Services, caller: Caller, origin: str) -> str:
    """The sentence about a page that was not opened under the server's own address."""
    if parts.settings.public_url is not None:
        return f"This server's address is {parts.settings.public_url}: open the room there."
    shown = origin if len(origin) <= _LONGEST_ORIGIN and _is_origin(origin) else "this address"
    return (
        f"The server does not know that it is reached as {shown}. Its operator has to set "
        f"XR_PUBLIC_URL to the address that browsers show; it takes itself for {caller.origin}."
    )


def _is_origin(text: str) -> bool:
    scheme, _, host = text.partition("://")
    return scheme in ("http", "https") and is_host(host)
