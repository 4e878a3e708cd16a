"""The names and figures of people: chosen in the Enter dialog, seen by the others."""

import json
import urllib.request
from typing import Any

from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Site, Visit

BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"

# the dialog, or the browser's own buttons
INSIDE = "document.activeElement.matches('body, [role=dialog] *')"


def known(address: str, user_id: str) -> dict[str, Any]:
    """The user as the server shows them to somebody outside."""
    look = address.replace("/rooms/", "/api/rooms/") + "/look"
    with urllib.request.urlopen(look, timeout=10) as answer:
        users: dict[str, dict[str, Any]] = json.load(answer)["user_snapshot"]
    return users[user_id]


def test_a_name_a_figure_and_a_colour_are_chosen_and_kept(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room).enter()
    bob = visit(room, viewport={"width": 360, "height": 640}).open()
    bob.page.get_by_label("Your name").fill("  Grace Hopper ")
    bob.page.get_by_role("radio", name="Fox").check()
    bob.page.get_by_role("radio", name="Teal").check()
    for width, height in ((640, 360), (320, 480), (360, 640)):  # 640 × 360: a laptop at 200 % too
        bob.page.set_viewport_size({"width": width, "height": height})
        expect(bob.page.get_by_role("button", name="Enter", exact=True)).to_be_in_viewport(ratio=1)
    assert violations(bob.page) == []
    for _ in range(8):
        bob.page.keyboard.press("Tab")
        assert bob.look(INSIDE), "the dialog keeps the keyboard"
    bob.page.get_by_label("Your name").press("Enter")
    bob.until("window.xr.connection.state === 'joined'")
    expect(bob.page.locator(".scene.ringed:focus")).to_be_visible()  # came by keyboard
    bob.page.keyboard.press("KeyE")
    expect(bob.page.locator(".scene.ringed")).to_have_count(0)
    expect(ada.page.locator(".scene.ringed")).to_have_count(0)  # came by the mouse
    expect(ada.page.get_by_text("joined")).to_be_visible()
    while known(room, bob.user_id)["name"] != "Grace Hopper":
        bob.page.wait_for_timeout(50)  # the test's own deadline ends it
    told = known(room, bob.user_id)
    assert (told["avatar"], told["color"]) == ("fox", "#2a9d8f")
    bob.open()
    expect(bob.page.get_by_label("Your name")).to_have_value("Grace Hopper")
    expect(bob.page.get_by_role("radio", name="Fox")).to_be_checked()


def test_the_choice_works_where_the_browser_keeps_nothing(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room, script=BLOCKED).open()
    ada.page.get_by_label("Your name").fill("Ada")
    ada.page.get_by_label("Your name").press("Enter")
    ada.until("window.xr.connection.state === 'joined' && window.xr.present > 0")
    ada.draw()
    assert known(room, ada.user_id)["name"] == "Ada"
