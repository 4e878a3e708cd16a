"""A page asks nobody but its own server, and has nothing to complain about."""

from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.conftest import Site, Visit


def test_no_foreign_request_and_no_complaint(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room).enter()
    bob = visit(room).enter()
    bob.walk("KeyW", 1)
    ada.sees(bob)
    ada.page.wait_for_timeout(500)
    for visitor in (ada, bob):
        assert visitor.complaints == []
        own = urlsplit(site.url).netloc
        assert [url for url in visitor.requests if not url.startswith("data:")]
        assert {urlsplit(url).netloc for url in visitor.requests} <= {own, ""}


def test_a_desktop_page_stays_small(site: Site, visit: Visit) -> None:
    """All that is fetched to be inside, as it is sent; WebXR is not among it."""
    ada = visit(site.make_room()).enter()
    names = [Path(urlsplit(url).path).name for url in ada.requests if "/assets/" in url]
    assert not [name for name in names if name.startswith("xr_session")]
    sizes = ada.look(
        "performance.getEntriesByType('resource')"
        ".map(({name, encodedBodySize}) => [name, encodedBodySize])"
    )
    size = sum(size for _, size in sizes)
    assert 200_000 < size < 350_000, sizes


def test_a_scene_where_nothing_changes_is_drawn_at_most_ten_times_a_second(
    site: Site, visit: Visit
) -> None:
    room = site.make_room()
    ada = visit(room).enter()
    ada.settle()
    ada.page.wait_for_timeout(2500)
    draws, started = ada.look("[window.xr.draws, performance.now()]")
    ada.page.wait_for_timeout(2000)
    later, ended = ada.look("[window.xr.draws, performance.now()]")
    assert 0 < (later - draws) / (ended - started) * 1000 <= 10
    # and at once when something does
    bob = visit(room).enter()
    bob.walk("KeyW", 0.5)
    ada.sees(bob)


def test_a_hidden_page_is_not_drawn(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room()).enter()
    hide = "Object.defineProperty(document, 'hidden', {{get: () => {}, configurable: true}})"
    ada.look(hide.format("true"))
    ada.page.wait_for_timeout(100)
    draws = ada.look("window.xr.draws")
    ada.page.wait_for_timeout(500)
    assert ada.look("window.xr.draws") == draws
    ada.look(hide.format("false"))
    ada.draw()
