"""Words and gestures between two people: the panel, the keys, and the signs above heads."""

from playwright.sync_api import Locator, expect

from tests.browser.accessibility import violations
from tests.browser.conftest import Site, Visit
from tests.browser.visitor import SECONDS, Visitor

# a picture that costs little: this is about words
LOW = "localStorage.setItem('xr:preferences', '{\"quality\": \"low\"}')"
# another tab before the page; and back
LOOK_AWAY = """Object.defineProperty(document, 'hidden', {configurable: true, value: true})
  && document.dispatchEvent(new Event('visibilitychange'))"""
LOOK_BACK = "delete document.hidden && document.dispatchEvent(new Event('visibilitychange'))"
# write lines as fast as they are taken, until one is refused; how many were taken
FLOOD = """async () => {
  const field = document.querySelector('.compose .field');
  for (let count = 0; ; count += 1) {
    field.value = `again ${count}`;
    field.form.requestSubmit();
    while (field.readOnly) await new Promise((done) => setTimeout(done, 1));
    if (field.value !== '') return count;
  }
}"""


def lines(visitor: Visitor) -> Locator:
    """The texts of the chat, the oldest first."""
    return visitor.page.get_by_role("log").locator(".words")


def test_two_people_write_and_walk_by_the_same_keys(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room, script=LOW, viewport={"width": 800, "height": 600}).enter()
    bob = visit(room, script=LOW).enter()
    place = ada.pose["position"]

    ada.page.locator("canvas").focus()
    ada.page.keyboard.press("Enter")
    field = ada.page.get_by_label("Your line")
    expect(field).to_be_focused()
    ada.page.keyboard.type("www <b>hello</b> https://example.org/a?b=1.")
    ada.page.keyboard.press("Shift+Enter")
    ada.page.keyboard.type("12h")
    ada.page.keyboard.press("Enter")
    expect(lines(ada)).to_have_text(["www <b>hello</b> https://example.org/a?b=1.\n12h"])
    expect(field).to_have_value("")
    assert ada.pose["position"] == place  # no letter walks
    link = ada.page.get_by_role("log").get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.org/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer ugc")

    assert violations(ada.page) == []

    # more than five at once: the line stays in the field, with the reason
    count = ada.page.evaluate(FLOOD)
    expect(ada.page.get_by_text("You are too fast: wait 1 second.")).to_be_visible()
    expect(field).to_have_value(f"again {count}")

    ada.page.keyboard.press("Escape")
    expect(ada.page.locator("canvas")).to_be_focused()
    ada.walk("KeyS", 0.3)

    button = bob.page.get_by_role("button", name="Chat")
    expect(button).to_have_accessible_name(f"Chat, {count + 1} new")
    button.click()
    expect(lines(bob).first).to_contain_text("www")
    expect(button).to_have_accessible_name("Chat")
    assert ada.complaints == bob.complaints == []

    # somebody who comes later finds the lines; a line that is removed goes everywhere
    eve = visit(room, script=LOW).enter()
    eve.page.get_by_role("button", name="Chat").click()
    expect(lines(eve)).to_have_count(count + 1)
    ada.page.keyboard.press("Enter")
    ada.page.get_by_role("button", name="Remove the line of yourself").first.click()
    for visitor in (ada, bob, eve):
        expect(lines(visitor)).to_have_count(count)


def test_gestures_are_seen_and_the_hand_is_a_state(site: Site, visit: Visit) -> None:
    room = site.make_room()
    ada = visit(room, script=LOW).enter()
    bob = visit(room, script=LOW, viewport={"width": 360, "height": 640}).enter()
    bob.page.locator("canvas").focus()
    bob.page.keyboard.press("1")
    expect(bob.page.get_by_text("Wave: all here see it")).to_be_visible()
    ada.until("window.xr.moments.includes('wave')")

    bob.page.keyboard.press("h")
    bob.page.get_by_role("button", name="Gestures").click()
    hand = bob.page.get_by_role("button", name="Raise hand")
    expect(hand).to_have_attribute("aria-pressed", "true")
    hand.click()
    bob.page.get_by_role("button", name="Gestures").click()
    expect(hand).to_have_attribute("aria-pressed", "false")
    bob.page.get_by_role("button", name="Heart").click()
    ada.until("window.xr.moments.includes('heart')")
    expect(hand).to_be_hidden()

    bob.look(LOOK_AWAY)
    ada.page.get_by_role("button", name="People").click()
    people = ada.page.get_by_role("region", name="People")
    expect(people.get_by_text("away")).to_be_visible(timeout=SECONDS * 1000)
    bob.look(LOOK_BACK)
    expect(people.get_by_text("away")).to_have_count(0, timeout=SECONDS * 1000)
    assert ada.complaints == bob.complaints == []
