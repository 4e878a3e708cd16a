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
    assert size < 330 * 1024, f"{size / 1024:.0f} KiB gzip"
