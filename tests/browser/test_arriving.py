"""Before one has entered: the page stands before its script, and says why that does not start."""

from typing import TYPE_CHECKING

from tests.browser.conftest import Site, Visit
from tests.browser.visitor import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Route


def told(visitor: Visitor, sentence: str) -> None:
    """Wait until the dialog says this, with a way on."""
    visitor.page.goto(visitor.address)
    visitor.page.get_by_text(sentence).wait_for()
    assert visitor.page.get_by_role("link", name="Load again").is_visible()
    assert visitor.page.get_by_role("link", name="Rooms").is_visible()


def test_the_room_and_who_is_inside_are_seen_before_one_enters(site: Site, visit: Visit) -> None:
    room = site.make_room("Plaza")
    ada = visit(room).enter()
    bob = visit(room).open()
    bob.until(f"{ada.user_id!r} in window.xr.users")
    assert bob.page.locator(".inside").filter(has_text="is inside.").is_visible()
    assert bob.look("window.xr.entities") == ada.look("window.xr.entities")
    assert bob.look("window.xr.connection.state") == "outside"
    assert not [url for url in bob.requests if url.startswith("ws")]
    ada.page.wait_for_timeout(200)
    assert ada.look("window.xr.present") == 1
    bob.page.get_by_role("button", name="Enter", exact=True).click()
    ada.until("window.xr.present === 2")
    bob.sees(ada)


def test_without_javascript_one_reads_why(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room("Plaza"), java_script_enabled=False)
    ada.page.goto(ada.address)
    assert ada.page.get_by_role("heading", name="Plaza", level=2).is_visible()
    assert "JavaScript, which is switched off" in ada.page.locator(".hint").inner_text()
    assert ada.page.get_by_role("link", name="Rooms").is_visible()
    assert ada.page.get_by_role("button").count() == 0


def test_until_the_script_has_come_the_button_says_so(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room("Plaza"))
    held: list[Route] = []
    ada.page.route("**/assets/app-*.js", lambda route: held.append(route))
    ada.page.goto(ada.address, wait_until="commit")
    ada.page.get_by_role("button", name="Loading…").wait_for()
    assert ada.page.get_by_text("Nobody is inside yet.").is_visible()
    for route in held:
        route.continue_()
    ada.page.get_by_role("button", name="Enter", exact=True).wait_for()
    assert ada.page.get_by_role("button", name="Loading…").count() == 0


def test_a_page_whose_files_are_gone_loads_again_once(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room())
    asked: list[int] = []

    def fail(route: "Route") -> None:
        asked.append(1)
        route.fulfill(status=404)

    ada.page.route("**/assets/app-*.js", fail)
    told(ada, "missing on the server")
    assert len(asked) == 2
    ada.page.unroute_all()
    ada.page.get_by_role("link", name="Load again").click()
    ada.page.get_by_role("button", name="Enter", exact=True).wait_for()


def test_a_fault_while_starting_is_told(site: Site, visit: Visit) -> None:
    script = "window.ResizeObserver = class { constructor() { throw new Error('no such luck'); } }"
    told(visit(site.make_room(), script=script), "could not be started: no such luck.")
