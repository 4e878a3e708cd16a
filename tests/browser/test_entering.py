"""The way in: when the room is full, the token old, the cookie gone, the browser without 3D."""

import time
from pathlib import Path

import pytest

from tests.browser.conftest import Site, Visit, running
from tests.browser.visitor import Visitor
from tests.serving.process import SECRET
from xr.identity import TOKEN_SECONDS, Identity


def press_enter(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Enter", exact=True).click()


def with_old_token(visitor: Visitor) -> Visitor:
    """Open the room as a page that has been open since before its token ran out."""
    user_id = visitor.open().user_id
    then = Identity(SECRET, lambda: time.time() - TOKEN_SECONDS - 60)
    # "interactive" comes before the page's own code
    visitor.page.add_init_script(
        "document.addEventListener('readystatechange', () => {"
        f" document.querySelector('meta[name=user-token]').content = '{then.sign_token(user_id)}';"
        "}, { once: true })"
    )
    return visitor.open()


def test_a_full_room_lets_one_in_when_somebody_leaves(tmp_path: Path, visit: Visit) -> None:
    with running(tmp_path, max_per_room=1) as site:
        room = site.make_room()
        ada = visit(room).enter()
        bob = visit(room).open()
        press_enter(bob)
        bob.until("window.xr.connection.state === 'refused'")
        assert bob.banner == "The room is full. Waiting for a place…"
        ada.page.goto("about:blank")
        bob.until("window.xr.connection.state === 'joined' && window.xr.present === 1")
        assert bob.banner == ""


def test_an_expired_token_is_renewed(site: Site, visit: Visit) -> None:
    ada = with_old_token(visit(site.make_room()))
    press_enter(ada)
    ada.until("window.xr.connection.state === 'joined' && window.xr.present === 1")
    assert [url for url in ada.requests if url.endswith("/api/token")]
    assert ada.banner == ""


def test_who_lost_their_cookie_is_told_to_load_again(site: Site, visit: Visit) -> None:
    ada = with_old_token(visit(site.make_room()))
    ada.page.context.clear_cookies()
    press_enter(ada)
    ada.until("window.xr.connection.state === 'over'")
    assert "load the page again" in ada.banner


@pytest.mark.parametrize("missing", ["null", "undefined"])
def test_a_browser_without_webgl_says_so(site: Site, visit: Visit, missing: str) -> None:
    script = f"HTMLCanvasElement.prototype.getContext = () => {missing}"
    ada = visit(site.make_room(), script=script)
    ada.page.goto(ada.address)
    ada.page.get_by_text("WebGL is missing or switched off").wait_for()
    assert ada.page.get_by_role("button", name="Enter", exact=True).count() == 0
    assert ada.page.get_by_role("link", name="Rooms").is_visible()
