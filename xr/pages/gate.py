"""The outermost layer of the app: refuses what is not to be served, marks every answer.

It stands before Quart, whose routing raises on a target or a host that cannot be parsed.
"""

import logging
import math
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import trio

from xr.pages.addresses import Caller, caller_of, header_values, is_host, is_own_host
from xr.pages.answers import Answer
from xr.pages.counts import PATH as COUNTS
from xr.pages.dashboard import ENTER
from xr.pages.entrance import ask_for_password, is_closed_to
from xr.pages.errors import error_answer, fault_answer
from xr.pages.front import Front
from xr.pages.guard import own_origin
from xr.pages.rendering import linked_below
from xr.pages.services import Services
from xr.serving.protocols import Headers
from xr.settings import Settings

if TYPE_CHECKING:
    from hypercorn.typing import (
        ASGIFramework,
        ASGIReceiveCallable,
        ASGISendCallable,
        ASGISendEvent,
        Scope,
        WWWScope,
    )

log = logging.getLogger(__name__)

_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; "
    "font-src 'self'; media-src 'self' blob:; connect-src 'self' {websockets}; "
    "worker-src 'self' blob:; manifest-src 'self'; frame-ancestors {ancestors}; base-uri 'none'; "
    "form-action 'self'"
)
_LOGGED = frozenset((400, 403, 408, 413, 426, 429))
"""Refusals that tell an operator something; 404 and 405 are the noise of the internet."""
NOT_UNDERSTOOD = "400: the address or the Host header of this request cannot be understood."
TOO_FAST = "Too many requests come from your address. Try again in {seconds} s."
_UNCOUNTED = (
    *("/assets/", "/static/", "/favicon.ico", "/robots.txt"),  # answered from memory
    *("/healthz", "/metrics"),  # for the operator
)
_COMMANDS = "/admin/"
"""Commands of this machine are not counted; the operator's page, and guesses at it, are."""
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    # Not no-referrer: with that, browsers send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": (
        "xr-spatial-tracking=(self), microphone=(self), autoplay=(self), fullscreen=(self), "
        "gamepad=(self), gyroscope=(self), accelerometer=(self), magnetometer=(self), "
        "camera=(), geolocation=(), payment=(), usb=(), display-capture=()"
    ),
}


class Gate:
    """An ASGI app around another one."""

    def __init__(self, app: "ASGIFramework", parts: Services) -> None:
        self._app = app
        self._front = Front(parts)
        self._parts = parts

    async def __call__(
        self, scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable"
    ) -> None:
        """Serve one request; what is none passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        path = sane_path(scope, self._parts.settings.prefix)
        caller = caller_of(scope, self._parts.settings)
        started, codes = trio.current_time(), list[int]()

        async def marked(event: "ASGISendEvent") -> None:
            if event["type"] == "http.response.start":
                status, headers = event["status"], list(event["headers"])
                codes.append(status)
                event["headers"] = mark(self._parts, caller, path or scope["path"], status, headers)
            await send(event)

        if path is None:
            text = f"{NOT_UNDERSTOOD}\n".encode()
            await Answer(400, "text/plain; charset=utf-8", text).send(marked)
        else:
            scope["path"] = path
            with linked_below(self._parts.settings.prefix):
                answer = await self._answer(scope, path, caller)
                if answer is None:
                    await self._app(scope, receive, marked)
            if answer is not None:
                await answer.send(marked)
        seconds = (
            0.0 if path == COUNTS else trio.current_time() - started
        )  # a stream takes its time
        for status in codes:  # none, if the client went before
            self._parts.metrics.answered(status, seconds)

    async def _answer(self, scope: "WWWScope", path: str, caller: Caller) -> Answer | None:
        """Answer without the app, if possible."""
        refusal = refusal_of(self._parts, scope, path, caller)
        if refusal is not None:
            return refusal
        try:
            return await self._front.answer(scope, path, caller)
        except Exception as error:  # noqa: BLE001  # as in the app, it is logged and answered
            return fault_answer(path, error)


def refusal_of(parts: Services, scope: "WWWScope", path: str, caller: Caller) -> Answer | None:
    """Why a request is not served, or None; it counts against the rate of its address.

    All that is served passes here, so the server's password is asked for here.
    """
    refused = parts.metrics.refused
    if not is_own_host(caller.host, parts.settings):
        refused["host"] += 1
        return error_answer(path, 403, unknown_host(caller))
    command = caller.local and path.startswith(_COMMANDS) and path != ENTER
    free = command or path.startswith(_UNCOUNTED)
    delay = 0.0 if free else parts.askers.delay(caller.address)
    if delay:
        refused["page rate"] += 1
        seconds = math.ceil(delay)
        headers = [(b"retry-after", b"%d" % seconds)]
        return error_answer(path, 429, TOO_FAST.format(seconds=seconds), headers)
    return ask_for_password(scope, path) if is_closed_to(parts, scope, path) else None


def mark(parts: Services, caller: Caller, path: str, status: int, headers: Headers) -> Headers:
    """The headers of an answer with those of every answer; a refusal is logged."""
    if status in _LOGGED:
        _log_refusal(caller, status, path)
    names = {name.lower() for name, _ in headers}
    headers = [(name, _moved(name, value, parts.settings.prefix)) for name, value in headers]
    ours = marks(caller, parts.settings, path)
    return headers + [each for each in ours if each[0] not in names]


def _moved(name: bytes, value: bytes, prefix: str) -> bytes:
    """A header, of which a way on this server begins with its prefix."""
    own = name.lower() == b"location" and value.startswith(b"/")
    return prefix.encode() + value if own else value


def unknown_host(caller: Caller) -> str:
    """The text for a request under a host name that the server does not know as its own."""
    return (
        f"This server does not know that it is reached as {caller.host}. If that is its address, "
        f"its operator has to start it with XR_PUBLIC_URL={caller.scheme}://{caller.host}"
    )


def _log_refusal(caller: Caller, status: int, path: str) -> None:
    reason = HTTPStatus(status).phrase.lower()
    log.info(
        "page.refused status=%d reason=%r address=%s path=%.60r",
        status,
        reason,
        caller.address,
        path,
    )


def sane_path(scope: "WWWScope", prefix: str = "") -> str | None:
    """The path that is asked for, or None if the target or the ``Host`` cannot be understood.

    A target may be a whole URL (RFC 9112 section 3.2.2); it must then name the same host. The path
    begins behind the ``prefix``, which a proxy may have taken away already.
    """
    path = _target(scope)
    if path is None or not prefix:
        return path
    if path == prefix:
        return "/"
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def _target(scope: "WWWScope") -> str | None:
    hosts = header_values(scope, b"host")
    if not all(map(is_host, hosts)) or len(hosts) > 1:
        return None
    path = scope["path"]
    if path.startswith("/"):
        return path
    try:
        parts = urlsplit(path)
    except ValueError:
        return None
    same_host = [parts.netloc.lower()] == [host.lower() for host in hosts]
    return (parts.path or "/") if parts.scheme in ("http", "https") and same_host else None


def marks(caller: Caller, settings: Settings, path: str = "") -> list[tuple[bytes, bytes]]:
    """The headers of every answer; the operator's page is shown in nobody's frame."""
    # Safari's 'self' does not cover websockets. An odd host must not write our policy.
    websockets = own_origin(caller, settings).replace("http", "ws", 1)
    known = settings.public_url is not None or is_host(caller.host)
    seconds = settings.hsts_days * 86400 if caller.scheme == "https" else 0
    allowed = () if path.startswith("/admin") else settings.frame_ancestors
    ancestors = " ".join(allowed) or "'none'"
    return _marks(websockets if known else "", ancestors, seconds)


@lru_cache(maxsize=64)
def _marks(websockets: str, ancestors: str, hsts: int) -> list[tuple[bytes, bytes]]:
    policy = _CONTENT_POLICY.format(websockets=websockets, ancestors=ancestors).replace(" ;", ";")
    headers = {**_HEADERS, "content-security-policy": policy}
    if hsts:
        headers["strict-transport-security"] = f"max-age={hsts}"
    return [(name.encode(), value.encode()) for name, value in headers.items()]
