"""Fingers instead of a keyboard, and screens of their shape."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.conftest import Site, Visit
from tests.browser.visitor import Visitor, apart, turned

UPRIGHT = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
SIDEWAYS = {**UPRIGHT, "viewport": {"width": 640, "height": 320}}


@contextmanager
def dragged(visitor: Visitor, *fingers: tuple[int, int], by: tuple[int, int]) -> Iterator[None]:
    """Put fingers down at these places, and move them; inside the block they are held there."""
    session = visitor.page.context.new_cdp_session(visitor.page)

    def touch(kind: str, right: float = 0, down: float = 0) -> None:
        points = [{"x": x + right, "y": y + down, "id": n} for n, (x, y) in enumerate(fingers)]
        event = {"type": kind, "touchPoints": [] if kind == "touchEnd" else points}
        session.send("Input.dispatchTouchEvent", event)

    touch("touchStart")
    for step in range(1, 5):
        touch("touchMove", by[0] * step / 4, by[1] * step / 4)
    yield
    touch("touchEnd")
    visitor.settle()


def middle(visitor: Visitor, selector: str) -> tuple[int, int]:
    """Where the middle of an element is."""
    box = visitor.page.locator(selector).bounding_box()
    assert box
    return int(box["x"] + box["width"] / 2), int(box["y"] + box["height"] / 2)


def test_the_stick_walks_and_a_finger_on_the_picture_looks(site: Site, visit: Visit) -> None:
    room = site.make_room()
    bob = visit(room).enter()
    ada = visit(room, **UPRIGHT).enter()
    assert ada.page.get_by_text("Walk: stick or tap").is_visible()

    before = ada.pose
    x, _, z = before["position"]
    with dragged(ada, middle(ada, ".stick"), by=(0, -50)):
        ada.until(f"Math.hypot(xr.pose.position[0] - {x}, xr.pose.position[2] - {z}) > 1")
    walked = ada.pose
    assert turned(before, walked) < 0.001
    assert walked["position"][1] == before["position"][1]

    with dragged(ada, (180, 300), by=(100, 0)):
        pass
    # what was at the finger is still there: as far as the picture is wide for its angle
    assert 0.1 < turned(walked, ada.pose) < 0.4
    assert apart(walked, ada.pose) < 0.001
    bob.sees(ada)


def test_a_tap_on_the_ground_walks_there(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room(), **UPRIGHT).enter()
    before = ada.pose
    with dragged(ada, (180, 300), by=(0, -100)):  # to see more of the ground
        pass
    ada.page.touchscreen.tap(180, 560)
    x, _, z = before["position"]
    ada.until(f"Math.hypot(xr.pose.position[0] - {x}, xr.pose.position[2] - {z}) > 0.5")
    ada.settle()
    assert 0.5 < apart(before, ada.pose) < 8


def test_buttons_are_large_enough_for_fingers(site: Site, visit: Visit) -> None:
    ada = visit(site.make_room(), **UPRIGHT).enter()
    for button in ada.page.locator("button:visible, .top a").all():
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44, button.text_content()


def test_the_notice_is_not_under_the_dialog(own_site: Site, visit: Visit) -> None:
    ada = visit(own_site.make_room(), **SIDEWAYS).open()
    own_site.stop()
    ada.page.get_by_role("button", name="Enter", exact=True).tap()
    ada.until("xr.connection.state === 'away'")
    assert ada.banner == "No connection. Trying again…"
    place = "document.querySelector('.banner').getBoundingClientRect()"
    for corner in ("left + 9", "right - 9"):
        for edge in ("top + 9", "bottom - 9"):
            point = f"{place}.{corner}, {place}.{edge}"
            assert ada.look(f"document.elementFromPoint({point}).className") == "banner"
