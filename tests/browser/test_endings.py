"""What a visitor is told when the room is over for them; and they do not come back for ever."""

import os
import subprocess
import sys
import urllib.request

from tests.browser.conftest import Site, Visit
from tests.serving.process import SECRET


def command(site: Site, *words: str) -> None:
    """An operator's command, which goes through the running server."""
    chosen = {"XR_DATABASE": str(site.server.database), "XR_SECRET_KEY": SECRET}
    subprocess.run(
        [sys.executable, "-m", "xr", *words],
        env={**os.environ, **chosen},
        check=True,
        timeout=20,
        capture_output=True,
    )


def test_a_kicked_visitor_stays_away(own_site: Site, visit: Visit) -> None:
    ada = visit(own_site.make_room()).enter()
    command(own_site, "users", "kick", ada.user_id)
    ada.until("window.xr.connection.state === 'over'")
    assert ada.banner == "You are no longer in the room: kicked."
    ada.page.wait_for_timeout(1500)  # phoenix would be back by now
    with urllib.request.urlopen(f"{own_site.url}/api/rooms", timeout=10) as answer:
        assert b'"present":0' in answer.read().replace(b" ", b"")
    assert ada.look("window.xr.joins") == 1


def test_a_deleted_room_says_so(own_site: Site, visit: Visit) -> None:
    room = own_site.make_room()
    ada = visit(room).enter()
    urllib.request.urlopen(f"{room}/delete", b"", timeout=10).close()
    ada.until("window.xr.connection.state === 'over'")
    assert ada.banner == "You are no longer in the room: this room was closed."


def test_a_room_that_went_before_one_enters(own_site: Site, visit: Visit) -> None:
    room = own_site.make_room()
    ada = visit(room).open()
    urllib.request.urlopen(f"{room}/delete", b"", timeout=10).close()
    ada.page.get_by_role("button", name="Enter", exact=True).click()
    ada.until("window.xr.connection.state === 'over'")
    assert ada.banner == "You are no longer in the room: no such room."
