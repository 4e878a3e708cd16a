"""The whole visit on a server that is found below a path."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Visit, running
from tests.hosting.test_check import free_port


def test_a_visit_from_the_list_into_a_room_and_back(tmp_path: Path, visit: Visit) -> None:
    port = free_port()
    with running(tmp_path, port=port, public_url=f"http://localhost:{port}/xr") as site:
        ada = visit(f"{site.url}/xr/")
        failed: list[str] = []
        ada.page.on("response", lambda got: failed.append(got.url) if got.status >= 400 else None)
        ada.page.goto(ada.address)
        ada.page.fill("#new-name", "Tea house")
        ada.page.click("#new-room button")
        ada.page.click(".rooms .enter")
        ada.page.wait_for_url(f"{site.url}/xr/rooms/*")
        bob = visit(ada.page.url).enter()
        ada.page.get_by_role("button", name="Enter", exact=True).click()
        ada.sees(bob)
        ada.page.click("a.home")
        expect(ada.page.locator(".rooms .enter")).to_contain_text("Tea house")
        assert ada.page.url == f"{site.url}/xr/"
        assert failed == []
