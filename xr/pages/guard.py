"""Against forged requests: what changes something must come from a page of ours or a program.

Browsers say by ``Sec-Fetch-Site`` and ``Origin`` which site a request comes from, and no page can
make them lie. A program sends neither and carries nobody's cookie unasked.
"""

import logging

from quart import abort, request

from xr.pages.addresses import Caller, caller_of, plain_origin
from xr.pages.services import services
from xr.settings import Settings

log = logging.getLogger(__name__)

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
_OWN_SITES = frozenset(("same-origin", "none"))  # none: the address bar, a bookmark

HINT = (
    "The request does not come from a page of this server. If it should have, and there is a "
    "proxy in between, set XR_PUBLIC_URL to the address that browsers show."
)


def own_origin(caller: Caller, settings: Settings) -> str:
    """The origin of this server's pages: the operator's word, else what the browser asked for.

    The operator may know several; then it is the one by which the browser came.
    """
    if settings.public_origin is None or caller.origin in settings.origins:
        return caller.origin
    return plain_origin(settings.public_origin)


def is_unwelcome_origin(origin: str | None, caller: Caller, settings: Settings) -> bool:
    """Whether a page of this ``Origin`` may open no websocket: neither ours nor an allowed one."""
    foreign = is_foreign_origin(origin, own_origin(caller, settings))
    return foreign and plain_origin(origin or "") not in settings.origins


def is_foreign_origin(origin: str | None, own: str) -> bool:
    """Whether an ``Origin`` header names another site. ``null`` does; none at all does not."""
    return origin is not None and plain_origin(origin) != own


def is_forged(fetch_site: str | None, origin: str | None, own: str) -> bool:
    """Whether a request that changes something comes from a page that is not ours."""
    if fetch_site is not None and fetch_site.strip().lower() not in _OWN_SITES:
        return True
    return is_foreign_origin(origin, own)


async def guard() -> None:
    """Refuse a forged request before any view sees it: an app's ``before_request``."""
    parts = services()
    parts.hints.look(request.scope, parts.settings)
    if request.method in _SAFE_METHODS:
        return
    settings = parts.settings
    own = own_origin(caller_of(request.scope, settings), settings)
    fetch_site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if is_forged(fetch_site, origin, own):
        if origin is not None:
            parts.hints.foreign_origin(origin, own)
        abort(403, description=HINT)
