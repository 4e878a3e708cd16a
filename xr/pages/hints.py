"""Settings that were most likely forgotten, told when a request first shows it.

A server behind a proxy works without them, for a while: nothing fails until the 33rd guest.
"""

import logging
from typing import TYPE_CHECKING

from xr.pages.addresses import is_host, unbelieved_proxy
from xr.settings import Settings

if TYPE_CHECKING:
    from hypercorn.typing import WWWScope

log = logging.getLogger(__name__)

_MOST = 8
"""Warnings of one kind: a few proxies and addresses are likely, many are a stranger's game."""


class Hints:
    """Tells each thing once. One for each server; only the event loop's thread uses it.

    ``texts`` are all of them, for ``xr check``: at most ``_MOST`` of a kind.
    """

    def __init__(self) -> None:
        self._proxies: set[str] = set()
        self._origins: set[str] = set()
        self._plain = False
        self.texts: list[str] = []

    def look(self, scope: "WWWScope", settings: Settings) -> None:
        """Warn of a proxy that is not believed."""
        proxy = unbelieved_proxy(scope, settings)
        if proxy is not None and _first(self._proxies, proxy):
            log.warning(
                "proxy.untrusted peer=%s: it sends X-Forwarded-For and is not believed, so that "
                "all who come through it count as one address; if it is your proxy, set "
                "XR_TRUSTED_PROXIES=%s",
                proxy,
                proxy,
            )
            self.texts.append(
                f"the proxy {proxy} is not believed, so that all who come through it count as one "
                f"address: if it is yours, set XR_TRUSTED_PROXIES={proxy}"
            )

    def plain_request(self) -> None:
        """Warn of a request for the websocket that came without its ``Upgrade``."""
        if not self._plain:
            self._plain = True
            log.warning(
                "socket.plain: somebody asked for the websocket by a plain request; if it was a "
                "browser, a proxy in between passes on neither Upgrade nor Connection, and nobody "
                "can enter (docs/https.md shows the lines that nginx needs)"
            )
            self.texts.append(
                "somebody asked for the websocket by a plain request: if it was a browser, let the "
                "proxy pass on Upgrade and Connection (docs/https.md has the lines for nginx)"
            )

    def foreign_origin(self, origin: str, own: str) -> None:
        """Warn of a page whose address is not the server's own, as far as the server knows."""
        scheme, _, host = origin.partition("://")
        if scheme in ("http", "https") and is_host(host) and _first(self._origins, origin):
            log.warning(
                "origin.foreign origin=%.100s own=%s: if people find this server there, set "
                "XR_PUBLIC_URL to it",
                origin,
                own,
            )
            self.texts.append(
                f"a page came from {origin[:100]}, and this server takes itself for {own}: if "
                "people find it there, set XR_PUBLIC_URL to it"
            )


def _first(told: set[str], item: str) -> bool:
    if item in told or len(told) >= _MOST:
        return False
    told.add(item)
    return True
