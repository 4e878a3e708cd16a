"""A visitor is told why when the room is over for them; and they do not come back for ever."""

import os
import subprocess
import sys

from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Site, Visit
from tests.serving.process import SECRET


def command(site: Site, *words: str) -> None:
    """An operator's command, which goes through the running server."""
    chosen = {"XR_DATABASE": str(site.server.database), "XR_SECRET_KEY": SECRET}
    subprocess.run(
        [sys.executable, "-m", "xr", *words],
        env={**os.environ, **chosen},
        check=True,
        timeout=60,
        capture_output=True,
    )


def test_an_owner_mutes_promotes_and_sends_out(own_site: Site, visit: Visit) -> None:
    room = own_site.make_room()
    bob = visit(room, viewport={"width": 360, "height": 640}).enter()
    command(own_site, "rooms", "role", room.rpartition("/")[2], bob.user_id, "owner")
    ada = visit(room).enter()
    expect(bob.page.get_by_text("2 here")).to_be_visible()
    bob.page.get_by_role("button", name="People").click()
    panel = bob.page.get_by_role("region", name="People")
    visitors = panel.get_by_role("button", name="Visitor")
    other = visitors.filter(has_not_text="you · owner")
    other.click()
    for act, words in (
        ("Mute", "A moderator has muted you"),
        ("Unmute", "You may speak and write again"),
        ("Make moderator", "You are a moderator of this room now"),
        ("Make member", "You are a member of this room now"),
    ):
        panel.get_by_role("button", name=act, exact=True).click()
        expect(ada.page.get_by_text(words)).to_be_visible()
    assert violations(bob.page) == []

    panel.get_by_role("button", name="Send out").click()
    panel.get_by_role("button", name="Really send out?").click()
    ada.until("window.xr.connection.state === 'over'")
    assert ada.banner == "You were sent out of this room. You can come back in a while."
    dialog = ada.page.get_by_role("dialog", name="Your visit is over")
    expect(dialog.get_by_role("link", name="To the rooms")).to_be_visible()
    assert ada.users == {}, "they are there, but we do not see what they do"
    assert not ada.page.get_by_text("2 here").is_visible()
    ada.page.wait_for_timeout(1500)  # phoenix would be back by now
    assert bob.look("window.xr.present") == 1
    assert ada.look("window.xr.joins") == 1
    dialog.get_by_role("link", name="Load again").click()
    ada.page.get_by_role("button", name="Enter", exact=True).click()
    expect(ada.page.locator(".refusal")).to_contain_text("You were sent out of this room.")

    eve = visit(room).enter()
    other.click()
    panel.get_by_role("button", name="Ban").click()
    panel.get_by_role("button", name="Really ban?").click()
    expect(eve.page.locator(".refusal")).to_have_text("You cannot come into this room any more.")


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
