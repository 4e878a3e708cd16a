"""What a visitor is told when the room is over for them; and they do not come back for ever."""

import os
import subprocess
import sys

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
    room = own_site.make_room()
    bob = visit(room).enter()
    ada = visit(room).enter()
    assert ada.page.get_by_text("2 here").is_visible()
    command(own_site, "users", "kick", ada.user_id)
    ada.until("window.xr.connection.state === 'over'")
    assert ada.banner == "You were sent out of this room. You can come back in a while."
    assert ada.users == {}, "they are there, but we do not see what they do"
    assert not ada.page.get_by_text("2 here").is_visible()
    ada.page.wait_for_timeout(1500)  # phoenix would be back by now
    assert bob.look("window.xr.present") == 1
    assert ada.look("window.xr.joins") == 1


def test_a_deleted_room_says_so(own_site: Site, visit: Visit) -> None:
    room = own_site.make_room()
    ada = visit(room).enter()
    command(own_site, "rooms", "delete", room.rpartition("/")[2])
    ada.until("window.xr.connection.state === 'over'")
    assert ada.banner == "This room was closed."


def test_a_room_that_went_before_one_enters(own_site: Site, visit: Visit) -> None:
    room = own_site.make_room()
    ada = visit(room).open()
    command(own_site, "rooms", "delete", room.rpartition("/")[2])
    ada.page.get_by_role("button", name="Enter", exact=True).click()
    ada.until("window.xr.connection.state === 'over'")
    assert ada.banner == "This room does not exist any more."
