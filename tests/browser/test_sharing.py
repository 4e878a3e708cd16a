"""A link to a place in a room: its guest stands there once, and later where they went."""

from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.browser.visitor import apart, turned


def test_a_link_to_a_place_leads_there_once(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room, permissions=["clipboard-read", "clipboard-write"]).enter()
    ada.walk("KeyW", 1)
    ada.page.get_by_role("button", name="Bring others").click()
    sheet = ada.page.get_by_role("dialog", name="Bring others")
    expect(sheet.get_by_role("button", name="Copy link", exact=True)).to_be_focused()
    sheet.get_by_role("button", name="Copy link to this place").click()
    expect(sheet.get_by_text("Link copied")).to_be_visible()
    link = ada.look("navigator.clipboard.readText()")
    assert link.startswith(f"{room}#at=")
    ada.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    place = ada.pose

    bob = visit(link)
    bob.enter()
    bob.settle()
    assert 0.5 < apart(place, bob.pose) < 2  # she stands there herself
    assert turned(place, bob.pose) < 0.02
    ada.sees(bob, within=0.05)
    assert bob.page.url == room

    bob.walk("KeyS", 1)
    after = bob.pose
    bob.address = room
    bob.enter()
    assert apart(after, bob.pose) < 0.1
    assert ada.complaints == bob.complaints == []
