"""Lines that go silent, tokens that another proof contradicts: the visitor goes on."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site, Visit
from tests.browser.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import WebSocketRoute

HOURS = 3600 * 1000
CLOCK = "{ const now = Date.now; window.ahead = 0; Date.now = () => now() + window.ahead; }"
FORBIDDEN = """
Object.defineProperty(window, "sessionStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});
"""


class Wire:
    """All websockets of a page; those that are open can go silent both ways."""

    def __init__(self, visitor: Visitor) -> None:
        self.opened = 0
        self._silent: set[int] = set()
        visitor.page.route_web_socket("**/socket/websocket*", self._pass)

    def go_silent(self) -> None:
        self._silent |= set(range(1, self.opened + 1))

    def _pass(self, page: "WebSocketRoute") -> None:
        self.opened += 1
        number = self.opened
        server = page.connect_to_server()

        def pass_on(to: "WebSocketRoute", message: str | bytes) -> None:
            if number not in self._silent:
                to.send(message)

        page.on_message(lambda message: pass_on(server, message))
        server.on_message(lambda message: pass_on(page, message))


@pytest.mark.parametrize(
    ("event", "seconds"), [("", 12), ("window.dispatchEvent(new Event('online'))", 6)]
)
def test_a_silent_line_is_noticed(site: Site, visit: Visit, event: str, seconds: float) -> None:
    room = site.make_room()
    bob = visit(room).enter()
    ada = visit(room)
    wire = Wire(ada)
    ada.enter()
    wire.go_silent()
    if event:
        ada.look(event)
    ada.until("window.xr.joins === 2", seconds)
    assert wire.opened == 2
    ada.walk("KeyW", 0.5)
    bob.sees(ada)
    assert bob.look("window.xr.present") == 2


def test_a_good_token_outlives_another_cookie(own_site: Site, visit: Visit) -> None:
    """As when two rooms are opened at once by a browser that has no cookie yet."""
    first = visit(own_site.make_room("First"), script=CLOCK).enter()
    first.page.context.clear_cookies()
    second = visit(own_site.make_room("Second"), like=first, script=CLOCK).enter()
    assert first.user_id != second.user_id
    for tab in (first, second):
        tab.look(f"window.ahead = {13 * HOURS}")
    own_site.stop()
    first.until("window.xr.connection.state === 'away'")
    own_site.start()
    for tab in (first, second):
        tab.until("window.xr.joins === 2 && window.xr.connection.state === 'joined'")
        assert tab.banner == ""


def test_a_browser_that_forbids_storage_is_let_in(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room(), script=FORBIDDEN).enter()
    assert ada.complaints == []
