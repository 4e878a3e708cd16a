"""The caller of a request: address, and the scheme and host by which it found the server.

Forwarded headers are believed only of the proxies that the operator trusts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xr.rates import Address, counted, parse_address
from xr.setting_values import Network
from xr.settings import Settings

if TYPE_CHECKING:
    from hypercorn.typing import WWWScope

_PROXY_HEADERS = frozenset(("forwarded", "via", "x-forwarded-for", "x-real-ip"))
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(
    rf"(?:(?:{_LABEL}\.)*{_LABEL}\.?|\[[0-9a-f:.]{{2,45}}\])(?::[0-9]{{1,5}})?", re.I
)


@dataclass(frozen=True)
class Caller:
    """The client of a request. Limits count ``address``; ``scheme`` is http or https.

    ``host`` is lower case and may be empty, for only HTTP/1.0 may leave it out. ``local`` says
    that the request began on this machine and no proxy passed it on.
    """

    address: str
    scheme: str
    host: str
    local: bool

    @property
    def origin(self) -> str:
        """The origin of the pages that this caller was served, as browsers write it."""
        return plain_origin(f"{self.scheme}://{self.host}")


def caller_of(scope: "WWWScope", settings: Settings) -> Caller:
    """Read the caller off an ASGI scope."""
    headers = _headers(scope)
    peer = _peer(scope)
    address = peer
    scheme = _SCHEMES.get(scope["scheme"], "http")
    host = _last(headers.get("host", []))
    if peer is not None and _within(peer, settings.trusted_proxies):
        address = _forwarded(headers.get("x-forwarded-for", []), settings.trusted_proxies) or peer
        scheme = _SCHEMES.get(_last(headers.get("x-forwarded-proto", [])).lower(), scheme)
        forwarded_host = _last(headers.get("x-forwarded-host", []))
        host = forwarded_host if is_host(forwarded_host) else host
    return Caller(
        address=counted(address),
        scheme=scheme,
        host=host.lower(),
        local=_is_local(peer, scope) and _PROXY_HEADERS.isdisjoint(headers),
    )


def unbelieved_proxy(scope: "WWWScope", settings: Settings) -> str | None:
    """The peer, if it is nearby and says for whom it asks, but is not trusted.

    A stranger far away who sends the header is no proxy of the operator's.
    """
    if not header_values(scope, b"x-forwarded-for"):
        return None
    peer = _peer(scope)
    if peer is None or peer.is_global or _within(peer, settings.trusted_proxies):
        return None
    return str(peer)


def is_host(text: str) -> bool:
    """Whether this can stand in a ``Host`` header: a name or an address, perhaps with a port."""
    return len(text) <= 260 and _HOST.fullmatch(text) is not None


def is_own_host(host: str, settings: Settings) -> bool:
    """Whether the server may be asked for under this ``Host``.

    Anybody can let a name of theirs point to this machine, and their page's requests to it then
    look like our own (DNS rebinding). So without ``XR_PUBLIC_URL`` only names that nobody else can
    have are ours: loopback names and literal addresses. With it, an ``Origin`` must equal it.
    """
    if settings.public_url is not None or not host:
        return True
    name = host.lower().rpartition(":")[0] or host.lower()
    name = name.removesuffix(".")
    return name == "localhost" or name.endswith(".localhost") or parse_address(host) is not None


def plain_origin(origin: str) -> str:
    """The origin in lower case and without a port that its scheme implies."""
    origin = origin.lower()
    return origin.removesuffix(_DEFAULT_PORTS.get(origin.partition("://")[0], "\0"))


def header_values(scope: "WWWScope", wanted: bytes) -> list[str]:
    """The values of a header, of which there may be several; ``wanted`` is in lower case."""
    return [value.decode("latin1") for name, value in scope["headers"] if name.lower() == wanted]


def _headers(scope: "WWWScope") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin1").lower(), []).append(value.decode("latin1"))
    return found


def _peer(scope: "WWWScope") -> Address | None:
    client = scope.get("client")
    return parse_address(client[0]) if client else None


def _forwarded(values: list[str], trusted: Iterable[Network]) -> Address | None:
    """The right-most address that no trusted proxy has; if all are trusted, the left-most."""
    address = None
    for item in reversed(",".join(values).split(",")):
        address = parse_address(item)
        if address is None or not _within(address, trusted):
            return address
    return address


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _last(values: list[str]) -> str:
    """The item that the nearest proxy wrote."""
    return values[-1].rpartition(",")[2].strip() if values else ""


def _is_local(peer: Address | None, scope: "WWWScope") -> bool:
    """A loopback peer, or one that has the very address on which it was served."""
    if peer is None:
        return False
    server = scope.get("server")
    return peer.is_loopback or (server is not None and parse_address(server[0]) == peer)
