"""Guests whom the server does not let in are told which of the reasons it is, and what to do."""

from pathlib import Path

import pytest

from tests.browser.conftest import Visit, running
from tests.browser.visitor import Visitor

# as behind a proxy that knows nothing of websockets: the server answers all else
NO_WEBSOCKETS = """
window.WebSocket = class extends WebSocket {
  constructor(url, protocols) {
    super(window.passes ? url : url.replace("/socket/", "/nowhere/"), protocols);
  }
};
"""


def press_enter(visitor: Visitor) -> Visitor:
    visitor.page.get_by_role("button", name="Enter", exact=True).click()
    return visitor


def told(visitor: Visitor, state: str) -> str:
    """The notice, once the connection stands so."""
    visitor.until(f"window.xr.connection.state === '{state}'")
    return visitor.banner


@pytest.mark.parametrize(
    ("limit", "words"),
    [("max_clients", "The server is full"), ("max_per_address", "from your network")],
)
def test_a_guest_waits_for_a_place(tmp_path: Path, visit: Visit, limit: str, words: str) -> None:
    with running(tmp_path, **{limit: 1}) as site:
        room = site.make_room()
        ada = visit(room).enter()
        bob = press_enter(visit(room).open())
        assert words in told(bob, "refused")
        bob.page.wait_for_timeout(1500)  # the next attempts are on their way
        assert words in bob.banner
        ada.page.goto("about:blank")
        bob.until("window.xr.connection.state === 'joined'")
        assert bob.banner == ""


def test_a_wrong_address_says_the_right_one(tmp_path: Path, visit: Visit) -> None:
    with running(tmp_path, public_url="https://rooms.example.org") as site:
        ada = press_enter(visit(site.make_room()).open())
        assert "https://rooms.example.org" in told(ada, "over")


def test_a_proxy_without_websockets_is_named(tmp_path: Path, visit: Visit) -> None:
    with running(tmp_path) as site:
        ada = press_enter(visit(site.make_room(), script=NO_WEBSOCKETS).open())
        assert "lets no websockets through" in told(ada, "refused")
        ada.look("window.passes = true")  # it was mended
        ada.until("window.xr.connection.state === 'joined'")
        assert ada.banner == ""
