"""Where one stood is where one stands again: after a reload, and after a restart of the server."""

from tests.browser.conftest import Site, Visit
from tests.browser.visitor import apart, turned

CENTIMETRE = 0.01


def test_a_reload_keeps_the_place(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room()).enter()
    ada.turn(80)
    ada.walk("KeyW", 2)
    before = ada.pose
    ada.enter()
    assert apart(before, ada.pose) < CENTIMETRE
    assert turned(before, ada.pose) < 0.01


def test_places_are_kept_per_room(site: Site, visit: Visit) -> None:
    first, second = site.make_room(), site.make_room()
    ada = visit(first).enter()
    ada.walk("KeyW", 1)
    before = ada.pose
    ada.address = second
    ada.enter()
    ada.walk("KeyS", 1)
    ada.address = first
    ada.enter()
    assert apart(before, ada.pose) < CENTIMETRE


def test_a_restart_keeps_the_place_of_who_is_away(own_site: Site, visit: Visit) -> None:
    room = own_site.make_room()
    ada = visit(room).enter()
    ada.turn(-50)
    ada.walk("KeyW", 1.5)
    before = ada.pose
    own_site.stop()
    ada.page.goto("about:blank")
    own_site.start()
    ada.enter()
    assert apart(before, ada.pose) < CENTIMETRE
    assert turned(before, ada.pose) < 0.01


def test_a_killed_server_is_found_again(own_site: Site, visit: Visit) -> None:
    room = own_site.make_room()
    ada = visit(room).enter()
    bob = visit(room).enter()
    ada.walk("KeyW", 1)
    before = ada.pose
    own_site.kill()
    for visitor in (ada, bob):
        visitor.until("window.xr.connection.state === 'away'")
        assert not visitor.page.get_by_text("2 here").is_visible()
    own_site.start()
    for visitor in (ada, bob):
        visitor.until("window.xr.joins === 2 && window.xr.present === 2")
    assert apart(before, ada.pose) < CENTIMETRE
    bob.sees(ada)
    ada.enter()
    assert apart(before, ada.pose) < CENTIMETRE, "the server has heard it anew"


def test_a_restart_goes_by_without_a_reload(own_site: Site, visit: Visit) -> None:
    room = own_site.make_room()
    ada = visit(room).enter()
    bob = visit(room).enter()
    ada.walk("KeyW", 1)
    before = ada.pose
    for visitor in (ada, bob):
        visitor.look("window.notReloaded = true")
        assert visitor.banner == ""
    own_site.stop()
    for visitor in (ada, bob):
        visitor.until("window.xr.connection.state === 'away'")
        assert visitor.banner == "No connection. Trying again…"
    ada.walk("KeyD", 0.5)  # nobody hears of it yet
    moved = ada.pose
    assert apart(before, moved) > 0.4
    own_site.start()
    for visitor in (ada, bob):
        visitor.until("window.xr.connection.state === 'joined' && window.xr.joins === 2")
        assert visitor.look("window.notReloaded") is True
        assert visitor.banner == ""
    assert apart(moved, ada.pose) < CENTIMETRE, "a reconnect moves nobody"
    bob.sees(ada)
    ada.sees(bob)
    assert list(bob.users) == [ada.user_id]
    ada.until("window.xr.present === 2")
    ada.enter()
    assert apart(moved, ada.pose) < CENTIMETRE
