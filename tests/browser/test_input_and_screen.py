"""Keys and buttons whose end is never told; a screen that changes under the page."""

from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.browser.visitor import Visitor, turned

CUT_OFF = """
() => {
  const scrolls = (node) => {
    const parent = node.parentElement;
    if (!parent || parent === document.body) return false;
    const { overflowX, overflowY } = getComputedStyle(parent);
    return /auto|scroll/.test(overflowX + overflowY) || scrolls(parent);
  };
  const isCut = (node) => {
    const box = node.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || scrolls(node)) return false; // or hidden from the eye
    const beyond = box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
    return beyond || box.left < -1 || box.top < -1;
  };
  const seen = { opacityProperty: true, visibilityProperty: true };
  const all = [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility(seen));
  return all.filter(isCut).map((node) => `${node.localName}.${node.className}`);
}
"""
"""The elements that are seen and reach over the edge of the screen."""


def stands(visitor: Visitor) -> None:
    """Half a second later, the visitor is where they were."""
    visitor.draw(3)
    before = visitor.pose
    visitor.page.wait_for_timeout(500)
    visitor.draw(3)
    assert visitor.pose == before


def test_command_takes_the_keyup_of_another_key(site: Site, visit: Visit) -> None:
    """macOS sends no keyup of a key while Command is held."""
    ada = visit(site.make_room()).enter()
    keyboard = ada.page.keyboard
    start = ada.pose
    keyboard.down("KeyW")
    ada.until(
        f"Math.abs(window.xr.pose.position[2] - {start['position'][2]}) > 0.01"
        f" || Math.abs(window.xr.pose.position[0] - {start['position'][0]}) > 0.01"
    )
    keyboard.down("Meta")
    stands(ada)
    keyboard.up("Meta")
    stands(ada)


def test_a_button_that_was_let_go_elsewhere_turns_nobody(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room()).enter()
    mouse = ada.page.mouse
    mouse.move(150, 120)
    mouse.down()
    mouse.move(170, 120, steps=4)
    ada.look("window.dispatchEvent(new Event('blur'))")
    ada.settle()
    before = ada.pose
    mouse.move(250, 120, steps=4)
    ada.settle()
    assert turned(before, ada.pose) < 0.001


def test_the_picture_follows_the_screen(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room()).enter()
    session = ada.page.context.new_cdp_session(ada.page)

    def show(width: int, height: int, ratio: float) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": False}
        session.send("Emulation.setDeviceMetricsOverride", size)

    def drawn(width: int, height: int) -> None:
        canvas = "document.querySelector('canvas')"
        ada.until(f"{canvas}.width === {width} && {canvas}.height === {height}")

    drawn(80, 60)
    show(320, 240, 2)  # another screen
    drawn(640, 480)
    show(160, 120, 2)  # a page zoomed to 200 %: as many pixels as before
    drawn(320, 240)
    show(320, 240, 4)
    drawn(640, 480)  # and no more, however fine the screen
    show(320, 240, 1)
    drawn(320, 240)
    # a telephone, 1280 × 1024 zoomed to 400 %, 1280 × 720 zoomed to 200 %, and 4K
    for width, height in ((320, 568), (320, 256), (640, 360), (3840, 2160)):
        show(width, height, 0.1)
        ada.until(f"innerWidth === {width} && innerHeight === {height}")
        nothing_is_cut_off(ada)
        for panel in ("people", "chat", "voices"):
            button = ada.page.locator(f".tool.{panel}")
            button.dispatch_event("click")
            expect(button).to_have_attribute("aria-expanded", "true")
            nothing_is_cut_off(ada)
            button.dispatch_event("click")


def nothing_is_cut_off(visitor: Visitor) -> None:
    """All that is seen, and not within something that scrolls, is whole on the screen."""
    visitor.until(f"({CUT_OFF})().length === 0")


def test_the_help_names_the_keys_of_this_keyboard(site: Site, visit: Visit) -> None:
    azerty = "[['KeyW', 'z'], ['KeyA', 'q'], ['KeyS', 's'], ['KeyD', 'd']]"
    script = f"navigator.keyboard.getLayoutMap = async () => new Map({azerty})"
    ada = visit(site.make_room(), script=script).enter()
    ada.page.get_by_text("Walk: Z Q S D or arrows").wait_for()


def test_a_click_gives_the_mouse_to_the_view_and_says_how_to_get_it_back(
    site: Site, visit: Visit
) -> None:
    ada = visit(site.make_room()).enter()
    mouse = ada.page.mouse
    before = ada.pose
    mouse.click(150, 120)
    ada.until("document.pointerLockElement !== null")
    ada.page.get_by_text("Esc gives it back").wait_for()
    mouse.move(200, 120, steps=4)
    ada.settle()
    assert turned(before, ada.pose) > 0.1
    ada.look("document.exitPointerLock()")  # as the browser does on Esc
    ada.until("document.pointerLockElement === null")
    before = ada.pose
    mouse.move(250, 120, steps=4)
    ada.settle()
    assert turned(before, ada.pose) < 0.001


def test_one_wide_swipe_turns_half_round(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room(), viewport={"width": 800, "height": 300}).enter()
    before = ada.pose
    ada.page.mouse.move(80, 150)
    ada.page.mouse.down()
    ada.page.mouse.move(720, 150, steps=16)
    ada.page.mouse.up()
    ada.settle()
    assert turned(before, ada.pose) > 2.9
    assert ada.look("document.pointerLockElement === null")


def edges(selector: str) -> str:
    """The expression of an element's place on the page."""
    return f"document.querySelector('{selector}').getBoundingClientRect()"


def test_the_help_goes_with_the_first_step_and_comes_back_by_a_key(
    site: Site, visit: Visit
) -> None:
    ada = visit(site.make_room()).enter()
    line = ada.page.locator(".help")
    assert line.is_visible()
    ada.walk("KeyW", 0.3)
    assert not line.is_visible()
    ada.page.keyboard.press("?")
    assert line.is_visible()
    assert "Back to the start: Home" in str(line.text_content())
    for width, height in ((683, 384), (320, 568), (1366, 768)):  # the first: a laptop at 200 %
        ada.page.set_viewport_size({"width": width, "height": height})
        help_ends = f"{edges('.help')}.bottom <= {edges('.tools')}.top"
        ada.until(f"{help_ends} && {edges('.help')}.left >= 0 && {edges('.help')}.top >= 0")
