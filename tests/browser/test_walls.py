"""Walls are walls, and one arrives on one's feet."""

import math

from tests.browser.conftest import Site, Visit
from tests.browser.visitor import apart

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_two_who_meet_see_each_other_and_nobody_walks_through_the_furniture(
    site: Site, visit: Visit
) -> None:
    room = site.make_room()
    ada = visit(room, viewport={"width": 1280, "height": 800}).enter()
    bob = visit(room, **PHONE).enter()
    ada.sees(bob)
    bob.sees(ada)
    for visitor, other in ((ada, bob), (bob, ada)):
        x, _, z = visitor.pose["position"]
        _, half, _, w = visitor.pose["rotation"]
        towards = math.atan2(other.pose["position"][0] - x, other.pose["position"][2] - z)
        assert abs(math.remainder(towards - 2 * math.atan2(half, w), math.tau)) < math.radians(30)


def test_space_jumps_arrows_turn_and_home_leads_back(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room()).enter()
    before = ada.pose
    ada.page.keyboard.press("Space")
    ada.until("xr.pose.position[1] > 2")
    ada.until("xr.pose.position[1] < 1.701")
    ada.page.keyboard.press("ArrowRight", delay=200)
    ada.draw()
    assert apart(before, ada.pose) < 0.01
    assert ada.pose["rotation"] != before["rotation"]
    ada.page.get_by_role("button", name="Back to the start").click()
    ada.draw()
    assert abs(ada.pose["position"][1] - 1.7) < 0.001
    assert ada.complaints == []
