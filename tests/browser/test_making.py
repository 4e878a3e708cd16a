"""From the list into a new room, by keyboard alone, and its link to others; below a path."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Site, Visit, running
from tests.hosting.test_check import free_port
from tests.serving.process import SECRET
from xr.admin import ask


@pytest.fixture
def site_below(tmp_path: Path) -> Iterator[Site]:
    """A server that is found below a path, as behind a proxy that passes the path on."""
    port = free_port()
    with running(tmp_path, port=port, public_url=f"http://localhost:{port}/xr") as site:
        yield site


def test_a_maker_is_one_key_from_the_room_and_copies_its_link(
    site_below: Site, visit: Visit
) -> None:
    site_below.make_room("Another")
    screen = {"width": 640, "height": 480}
    allowed = ["clipboard-read", "clipboard-write"]
    ada = visit(f"{site_below.url}/", viewport=screen, permissions=allowed)
    asked: list[str] = []
    ada.page.context.on("request", lambda request: asked.append(urlsplit(request.url).path))
    ada.page.goto(ada.address)
    assert violations(ada.page) == []
    ada.page.get_by_role("link", name="Privacy").click()
    expect(ada.page.get_by_role("heading", name="Not kept")).to_be_visible()
    assert violations(ada.page) == []
    ada.page.get_by_role("link", name="Rooms").click()
    ada.page.get_by_role("button", name="Suggest a name").click()
    expect(ada.page.get_by_label("New room")).to_have_value(re.compile(r"[A-Z]\w+ [A-Z]\w+"))
    ada.page.get_by_label("New room").fill("Reading corner")
    ada.page.keyboard.press("Enter")
    link = ada.page.get_by_role("link", name="Reading corner")
    expect(link).to_be_focused()
    ada.page.keyboard.press("Enter")
    ada.page.get_by_role("button", name="Enter", exact=True).wait_for()
    assert ada.page.get_by_role("button", name="Bring others").count() == 0
    ada.page.keyboard.press("Enter")
    row = ada.page.get_by_role("group", name="Bring others")
    row.get_by_role("button", name="Copy link").click()
    ada.page.get_by_text("Link copied").wait_for()
    expect(row).to_have_count(0)
    ada.page.get_by_role("button", name="Bring others").click()
    ada.page.get_by_role("button", name="Copy link", exact=True).click()
    ada.page.get_by_role("dialog").get_by_text("Link copied").wait_for()
    copied = ada.page.evaluate("navigator.clipboard.readText()")
    assert copied == ada.page.url.split("#")[0]
    sheet = ada.page.get_by_role("dialog", name="Bring others")
    sheet.get_by_label("Invite").select_option("as a moderator")
    sheet.get_by_role("button", name="Make an invite link").click()
    expect(sheet.get_by_label("Link of the invite")).to_have_value(
        re.compile("/xr/rooms/.*invite=")
    )
    assert violations(ada.page) == []
    ada.page.keyboard.press("Escape")
    ada.page.get_by_role("button", name="People").click()
    with ada.page.context.expect_page() as opened:
        ada.page.get_by_role("link", name="Settings of this room").click()
    settings = opened.value
    settings.get_by_label("Name", exact=True).fill("Quiet corner")
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_text("Done. It holds now.")).to_be_visible()
    expect(ada.page).to_have_title("Quiet corner")
    expect(ada.page.get_by_role("heading", name="Quiet corner", level=1)).to_be_visible()
    settings.get_by_role("button", name="Make an invite").click()
    expect(settings.get_by_label("Link for members")).to_have_value(re.compile("invite="))
    assert violations(settings) == []
    settings.goto(f"{ada.address}me")
    expect(settings.get_by_text("you are an owner")).to_be_visible()
    assert violations(settings) == []
    settings.goto(ada.address)
    expect(settings.get_by_text("1 here")).to_be_visible()
    ada.page.goto(f"{ada.address}rooms")
    expect(settings.get_by_text("1 here")).to_have_count(0)  # without a reload
    settings.close()
    link = ada.page.get_by_role("link", name="Quiet corner")
    ada.page.goto(ada.address)  # returns after the page's scripts have run
    expect(link).not_to_be_focused()
    ada.page.goto(f"{ada.address}rooms/nowhere")
    expect(ada.page.get_by_role("link", name="To the rooms")).to_be_visible()
    assert violations(ada.page) == []
    assert [path for path in asked if not path.startswith("/xr/")] == []
    assert "/xr/api/rooms/counts" in asked
    assert "/xr/api/rooms" not in asked  # a stream, and no poll
    path = ask(f"http://127.0.0.1:{site_below.server.port}", SECRET, "admin-link", {})["path"]
    ada.page.goto(f"{site_below.url}{path}")
    assert violations(ada.page) == []
    ada.page.get_by_role("button", name="Open the operator's page").click()
    expect(ada.page.get_by_role("heading", name="The last hour")).to_be_visible()
    assert violations(ada.page) == []
    with ada.page.expect_response("**/xr/admin/live") as live:  # asked for by its script
        pass
    assert live.value.status == 200
