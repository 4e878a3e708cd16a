"""A page asks nobody but its own server, and has nothing to complain about."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.conftest import ROOT, Site, Visit


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
    """What is fetched, compressed; WebXR is not among it."""
    ada = visit(site.make_room()).enter()
    names = [Path(urlsplit(url).path).name for url in ada.requests if "/assets/" in url]
    assert not [name for name in names if name.startswith("xr_session")]
    size = 0
    for name in set(names):
        size += len(gzip.compress((ROOT / "web" / "dist" / "assets" / name).read_bytes()))
    assert size < 370 * 1024, f"{size / 1024:.0f} KiB gzip"


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
