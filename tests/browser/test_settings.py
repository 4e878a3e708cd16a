"""The visitor's own choices: the sheet, by keyboard alone, and what they change."""

from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Site, Visit

BLOCKED = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked'); }})"


def test_choices_by_keyboard_work_at_once_and_stay(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room(), viewport={"width": 800, "height": 600}).enter()
    page = ada.page
    sheet = page.get_by_role("dialog", name="Settings")
    page.mouse.click(300, 300)
    ada.until("document.pointerLockElement !== null")

    page.keyboard.press("o")
    expect(sheet).to_be_visible()
    ada.until("document.pointerLockElement === null")  # one needs the mouse now
    place = ada.pose["position"]
    view = sheet.get_by_role("slider", name="Field of view")
    view.focus()
    for key in ("ArrowRight", "ArrowRight", "w"):
        page.keyboard.press(key)
    expect(view).to_have_attribute("aria-valuetext", "70°")
    assert violations(page) == []
    sheet.get_by_role("radio", name="Fox").check()  # one of the two is new
    sheet.get_by_role("radio", name="Ghost").check()
    sheet.get_by_label("Your name").fill("Ada Lovelace")
    sheet.get_by_label("Your name").blur()
    sheet.get_by_role("combobox", name="Turning", exact=True).select_option("In steps of 30°")
    for _ in range(24):
        page.keyboard.press("Tab")
        assert ada.look("document.activeElement.closest('dialog, body').tagName") == "DIALOG" or (
            ada.look("document.activeElement === document.body")  # the browser's own buttons
        )
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    ada.settle()
    assert ada.pose["position"] == place

    page.keyboard.press("p")  # the room knows the name
    expect(page.get_by_role("region", name="People").get_by_text("Ada Lovelace")).to_be_visible()

    ada.open()
    expect(page.get_by_label("Your name")).to_have_value("Ada Lovelace")
    expect(page.get_by_role("radio", name="Ghost")).to_be_checked()
    page.get_by_role("button", name="Enter", exact=True).click()
    page.get_by_role("button", name="Settings").click()
    expect(view).to_have_value("70")
    sheet.get_by_role("button", name="Back to the defaults").click()
    expect(view).to_have_value("60")
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_have_count(0)
    expect(page.get_by_role("button", name="Settings")).to_be_focused()


def test_without_storage_choices_last_for_the_visit(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room(), script=BLOCKED).enter()
    for expected in (True, False):
        ada.page.keyboard.press("o")
        sounds = ada.page.get_by_role("checkbox", name="Sounds of the room")
        expect(sounds).to_be_checked(checked=expected)
        sounds.set_checked(False)
        ada.page.keyboard.press("Escape")
    assert ada.complaints == []
