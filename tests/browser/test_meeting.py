"""People in a room see each other."""

import re
import time

from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.browser.visitor import apart


def test_two_pages_see_each_other_move(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room).enter()
    bob = visit(room).enter()
    start = bob.pose
    ada.sees(bob)
    bob.walk("KeyW", 1.5)
    assert apart(start, bob.pose) > 1.5
    assert bob.pose["position"][1] == start["position"][1]
    ada.sees(bob)
    ada.turn(60)
    ada.walk("KeyS", 1)
    bob.sees(ada)
    assert set(ada.users) == {bob.user_id}, "nobody sees themselves"


def test_a_second_visitor_sees_the_first_at_once(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room).enter()
    ada.walk("KeyD", 1)
    bob = visit(room).enter()
    # no wait: it came with the join, though ada stands still
    assert apart(bob.users[ada.user_id]["shown"], ada.pose) < 0.01
    assert bob.look("window.xr.present") == 2
    ada.until("window.xr.present === 2")
    assert ada.page.get_by_text("2 here").is_visible()
    expect(ada.page.get_by_text(re.compile(r"^Visitor \w{4} joined$"))).to_be_visible()


def test_the_room_is_furnished(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room()).enter()
    entities = ada.look("window.xr.entities")
    assert 5 <= len(entities) <= 20
    assert len(set(entities)) == len(entities)


def test_closing_one_of_two_tabs_keeps_the_avatar(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room).enter()
    bob = visit(room).enter()
    tab = visit(room, like=bob).enter()
    assert tab.user_id == bob.user_id
    ada.until("window.xr.present === 2")
    assert list(ada.users) == [bob.user_id], "two tabs, one avatar"
    tab.walk("KeyW", 1)
    ada.sees(tab)
    tab.page.close()
    deadline = time.monotonic() + 1  # a goodbye would have come long before
    while time.monotonic() < deadline:
        assert list(ada.users) == [bob.user_id]
        ada.page.wait_for_timeout(50)
    bob.page.close()
    ada.until("Object.keys(window.xr.users).length === 0 && window.xr.present === 1", seconds=4)
    assert ada.page.get_by_text("left").is_visible()


def test_who_is_here_in_two_windows_is_told_so(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room).enter()
    assert ada.page.locator(".present").text_content() == "only you here"
    window = visit(room, like=ada).enter()
    for visitor in (ada, window):
        visitor.page.get_by_text("only you here, in 2 windows").wait_for()
    window.page.close()
    ada.page.get_by_text("only you here", exact=True).wait_for()


def test_a_visitor_who_leaves_and_comes_back_is_one(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room).enter()
    bob = visit(room).enter()
    ada.sees(bob)
    for _ in range(2):
        bob.enter()
    ada.sees(bob)
    assert list(ada.users) == [bob.user_id]
    assert ada.look("window.xr.present") == 2
