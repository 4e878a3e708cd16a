"""The cookies of a browser: who it is, and that it was told the server's password."""

from typing import TYPE_CHECKING

from xr.identity import (
    COOKIE,
    ENTRY_COOKIE,
    OPERATOR_COOKIE,
    OPERATOR_SECONDS,
    cookie_header,
)
from xr.pages.addresses import Caller, header_values
from xr.pages.services import Services
from xr.settings import Settings

if TYPE_CHECKING:
    from hypercorn.typing import WWWScope

Header = tuple[bytes, bytes]


def cookie_of(scope: "WWWScope", wanted: str = COOKIE) -> str | None:
    """The value of a cookie, by default that of the identity, whoever it is from."""
    for item in "; ".join(header_values(scope, b"cookie")).split(";"):
        name, _, value = item.strip().partition("=")
        if name == wanted:
            return value
    return None


def renewed_cookie(parts: Services, caller: Caller, user_id: str) -> Header:
    """The header that makes the browser this user, for as long as browsers keep a cookie."""
    return _header(COOKIE, parts.identity.sign_cookie(user_id), caller, parts.settings)


def entry_cookie(parts: Services, caller: Caller) -> Header:
    """The header that notes in the browser that it was told the server's password."""
    return _header(ENTRY_COOKIE, parts.identity.sign_entry(), caller, parts.settings)


def operator_cookie(parts: Services, caller: Caller, *, gone: bool = False) -> Header:
    """The header that lets the browser into the operator's page for a while; ``gone`` ends that.

    No other site's link or form has the browser send it.
    """
    value, seconds = ("", 0) if gone else (parts.identity.sign_operator(), OPERATOR_SECONDS)
    flags = f"Max-Age={seconds}; HttpOnly; Path={parts.settings.prefix}/admin; SameSite=Strict"
    flags += "; Secure" if _is_secure(caller, parts.settings) else ""
    return b"set-cookie", f"{OPERATOR_COOKIE}={value}; {flags}".encode()


def _is_secure(caller: Caller, settings: Settings) -> bool:
    return caller.scheme == "https" or (settings.public_url or "").startswith("https:")


def _header(name: str, value: str, caller: Caller, settings: Settings) -> Header:
    secure = _is_secure(caller, settings)
    framed = secure and bool(settings.frame_ancestors)
    path = settings.prefix or "/"
    return b"set-cookie", cookie_header(name, value, secure, path, framed=framed).encode()
