"""The app under stock Hypercorn, which carries its websockets: people meet there too."""

from pathlib import Path

from tests.browser.conftest import Visit, running


def test_two_pages_see_each_other_and_part(tmp_path: Path, visit: Visit) -> None:
    with running(tmp_path, way="asgi", grace=0.2) as site:
        room = site.make_room()
        ada = visit(room).enter()
        bob = visit(room).enter()
        ada.sees(bob)
        bob.walk("KeyW", 0.5)
        ada.sees(bob)
        bob.page.close()
        ada.until("Object.keys(window.xr.users).length === 0 && window.xr.present === 1")
