"""An emulated headset: into VR and out again, head and hands seen by another page.

The emulator is ``iwer``, put into the page before its own code runs.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Site, Visit
from tests.browser.visitor import Visitor, apart, turned

# The emulator takes the matrix where the standard has a transform, so that every offset of a
# reference space is lost, and with it where Babylon puts the visitor.
HEADSET = """
window.headset = new IWER.XRDevice(IWER.metaQuest3);
window.headset.installRuntime({ forceInstall: true });
const plain = XRReferenceSpace.prototype.getOffsetReferenceSpace;
XRReferenceSpace.prototype.getOffsetReferenceSpace = function (transform) {
  return plain.call(this, transform.matrix);
};
"""


@pytest.fixture
def script() -> str:
    emulator: Path = ROOT / "web" / "node_modules" / "iwer" / "build" / "iwer.min.js"
    if not emulator.exists():
        pytest.fail("iwer is not installed: python tools/build_web.py --check", False)
    return f"{emulator.read_text()}\n{HEADSET}"


def put_on(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Enter VR").click()
    visitor.until("window.xr.inVr")
    visitor.draw(5)  # Babylon corrects place and heading by the headset's in the first frames


def move(visitor: Visitor, part: str, position: tuple[float, float, float], yaw: float = 0) -> None:
    """Place the head or a controller, in the headset's own right-handed frame."""
    half = yaw / 2
    x, y, z = position
    visitor.look(
        f"window.headset{part}.position.set({x}, {y}, {z}),"
        f"window.headset{part}.quaternion.set(0, {math.sin(half)}, 0, {math.cos(half)})"
    )


def test_head_and_hands_reach_another_page(site: Site, visit: Visit, script: str) -> None:
    room = site.make_room()
    bob = visit(room).enter()
    ada = visit(room, script=script).enter()
    flat = ada.pose
    put_on(ada)
    entered = ada.pose
    assert math.dist(flat["position"][::2], entered["position"][::2]) < 0.01, "the same place"
    assert turned(flat, entered) < 0.02, "the same heading"
    bob.sees(ada)

    move(ada, "", (0.3, 1.4, -0.2), yaw=0.5)
    move(ada, ".controllers.left", (0.1, 1.1, -0.5))
    move(ada, ".controllers.right", (0.6, 1.2, -0.5), yaw=0.3)
    ada.until(f"Math.abs(window.xr.pose.position[1] - {entered['position'][1]}) > 0.1")
    ada.settle()
    bob.sees(ada, within=0.01)
    own = ada.pose
    between = apart(own["left"], own["right"])  # of the grips, a little off the controllers
    assert between == pytest.approx(math.dist((0.1, 1.1), (0.6, 1.2)), abs=0.04)

    move(ada, ".controllers.left", (0.1, 1.5, -0.5))  # the head is still
    bob.until(
        f"window.xr.users['{ada.user_id}'].shown.left.position[1] - {own['left']['position'][1]}"
        " > 0.39"
    )
    assert ada.complaints == []

    bob.page.get_by_role("button", name="People").click()
    people = bob.page.locator(".people")
    expect(people.get_by_text("away")).to_have_count(0)
    ada.look("window.headset.updateVisibilityState('hidden')")  # she takes it off
    expect(people.get_by_text("away")).to_be_visible()
    ada.look("window.headset.updateVisibilityState('visible')")
    expect(people.get_by_text("away")).to_have_count(0)


def test_leaving_vr_keeps_place_and_heading(site: Site, visit: Visit, script: str) -> None:
    room = site.make_room()
    bob = visit(room).enter()
    ada = visit(room, script=script).enter()
    height = ada.pose["position"][1]
    put_on(ada)
    move(ada, "", (0.5, 1.3, -0.5), yaw=0.8)
    ada.until("Math.abs(window.xr.pose.position[1] - 1.3) < 0.01")
    inside = ada.pose
    ada.page.get_by_role("button", name="Leave VR").dispatch_event("click")
    ada.until("!window.xr.inVr")
    ada.settle()
    outside = ada.pose
    assert math.dist(inside["position"][::2], outside["position"][::2]) < 0.02
    assert turned(inside, outside) < 0.02
    assert outside["position"][1] == pytest.approx(height, abs=0.01)
    assert outside["left"] is None
    bob.sees(ada)
    ada.walk("KeyW", 0.5)
    bob.sees(ada)


def test_tracked_hands_are_seen(site: Site, visit: Visit, script: str) -> None:
    room = site.make_room()
    bob = visit(room).enter()
    ada = visit(room, script=script).enter()
    put_on(ada)
    ada.look("window.headset.primaryInputMode = 'hand'")
    move(ada, ".hands.right", (0.4, 1.25, -0.4))
    ada.until("window.xr.pose.right && Math.abs(window.xr.pose.right.position[1] - 1.25) < 0.15")
    bob.until(f"window.xr.users['{ada.user_id}'].shown.right")
    assert apart(ada.pose["right"], bob.users[ada.user_id]["target"]["right"]) < 0.01

    hand = f"window.xr.fingers['{ada.user_id}']?.right ?? []"
    bob.until(f"({hand}).length === 5 && Math.max(...{hand}) < 0.2")
    ada.look("window.headset.hands.right.poseId = 'point'")
    bob.until(f"({hand}).slice(2).every((bend) => bend > 0.9)")  # all but the forefinger
    assert bob.look(f"({hand})[1]") < 0.2
    cat = visit(room).enter()  # late
    cat.until(f"(({hand})[2] ?? 0) > 0.9")
    ada.look("window.headset.primaryInputMode = 'controller'")
    bob.until(f"!({hand}).length")
    assert ada.complaints == []


def push(visitor: Visitor, x: int, y: int) -> None:
    """Push the right thumbstick: right and down are positive."""
    visitor.look(f"window.headset.controllers.right.updateAxes('thumbstick', {x}, {y})")


def test_the_thumbstick_turns_in_steps(site: Site, visit: Visit, script: str) -> None:
    room = site.make_room()
    bob = visit(room).enter()
    ada = visit(room, script=script).enter()
    put_on(ada)
    before = ada.pose
    push(ada, 1, 0)
    ada.draw(5)
    push(ada, 0, 0)
    ada.settle()
    assert turned(before, ada.pose) == pytest.approx(math.pi / 6, abs=0.01), "once while it is held"
    assert apart(before, ada.pose) < 0.01, "on the spot"
    bob.sees(ada)


def test_the_thumbstick_teleports_where_it_points(site: Site, visit: Visit, script: str) -> None:
    room = site.make_room()
    bob = visit(room).enter()
    ada = visit(room, script=script).enter()
    put_on(ada)
    move(ada, ".controllers.right", (0.2, 1.2, -0.3))
    down = math.radians(50) / 2  # less than two metres away, where no wall of a room is
    ada.look(
        "window.headset.controllers.right.quaternion"
        f".set({-math.sin(down)}, 0, 0, {math.cos(down)})"
    )
    ada.draw(5)
    before = ada.pose
    push(ada, 0, -1)
    ada.draw(5)
    assert apart(before, ada.pose) < 0.001, "not before it is let go"
    push(ada, 0, 0)
    ada.until(f"Math.abs(window.xr.pose.position[0] - {before['position'][0]}) > 0.001")
    ada.settle()
    after = ada.pose
    assert 0.5 < math.dist(before["position"][::2], after["position"][::2]) < 2.5
    assert after["position"][1] == pytest.approx(before["position"][1], abs=0.02), "on the ground"
    assert turned(before, after) < 0.01
    bob.sees(ada)


MICROPHONE = """
navigator.mediaDevices.getUserMedia = async () => {
  const audio = new AudioContext();
  const stream = audio.createMediaStreamDestination();
  const tone = new OscillatorNode(audio);
  tone.connect(stream);
  tone.start();
  return stream.stream;
};
"""
"""A microphone that hears a tone: the browser of these tests has none."""


def in_headset(visitor: Visitor, point: Sequence[float]) -> tuple[float, float, float]:
    """A point of the room in the headset's own right-handed frame."""
    own = visitor.pose
    x, y, z, w = own["rotation"]
    heading = math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    right, up, ahead = (a - b for a, b in zip(point, own["position"], strict=True))
    aside = right * math.cos(heading) - ahead * math.sin(heading)
    forward = right * math.sin(heading) + ahead * math.cos(heading)
    head = visitor.look("[...window.headset.position.vec3]")
    return head[0] + aside, head[1] + up, head[2] - forward


def reach(visitor: Visitor, point: Sequence[float]) -> None:
    """Put the right controller at a point of the room."""
    move(visitor, ".controllers.right", in_headset(visitor, point))


def aim(visitor: Visitor, point: Sequence[float], hand: tuple[float, float, float]) -> None:
    """Point with the right controller, from where it is in the headset's frame."""
    x, y, z = (a - b for a, b in zip(in_headset(visitor, point), hand, strict=True))
    yaw, pitch = math.atan2(-x, -z) / 2, math.atan2(y, math.hypot(x, z)) / 2
    visitor.look(
        "window.headset.controllers.right.quaternion.set("
        f"{math.cos(yaw) * math.sin(pitch)}, {math.sin(yaw) * math.cos(pitch)},"
        f" {-math.sin(yaw) * math.sin(pitch)}, {math.cos(yaw) * math.cos(pitch)})"
    )
    visitor.draw(3)


def hold(visitor: Visitor, button: str, *, held: bool) -> None:
    """Press a button of the right controller, or let it go."""
    visitor.look(f"window.headset.controllers.right.updateButtonValue('{button}', {int(held)})")
    visitor.draw(3)


def test_the_menu_at_the_wrist(site: Site, visit: Visit, script: str) -> None:
    ada = visit(site.make_room(), script=script + MICROPHONE).enter()
    put_on(ada)
    move(ada, "", (0, 1.6, 0))
    move(ada, ".controllers.left", (-0.1, 1.35, -0.45))
    away = (0.4, 1.2, -0.2)
    move(ada, ".controllers.right", away)
    ada.settle()
    assert "Menu: at your left hand." in ada.look("window.xr.vrNotice")

    def press(above: float) -> None:
        """Touch through the sign so far above the left hand, and take the hand away."""
        left, head = ada.pose["left"]["position"], ada.pose["position"]
        point = [left[0], left[1] + above, left[2]]
        far = math.dist(point, head)
        reach(ada, [a + 0.012 * (a - b) / far for a, b in zip(point, head, strict=True)])
        ada.draw(3)
        move(ada, ".controllers.right", away)
        ada.draw(3)

    press(0.07)
    ada.until("window.xr.vrMenu[0] === 'Menu' && window.xr.vrMenu.includes('Settings: ›')")
    assert ada.look("window.xr.vrNotice") == "", "the card has done its duty"
    before = ada.pose
    rows = ada.look("window.xr.vrMenu")
    press(0.265 + 0.135 - (84 + 88 * (rows.index("Move: ›") - 0.5)) * 0.27 / 720)
    ada.until("window.xr.vrMenu[0] === 'Move' && window.xr.vrMenu[2] === 'Turn right'")
    press(0.265 + 0.135 - (84 + 88 * 1.5) * 0.27 / 720)
    ada.settle()
    assert turned(before, ada.pose) == pytest.approx(math.pi / 6, abs=0.02)

    def press_row(label: str) -> None:
        """Touch the row that begins so; -1 is the title."""
        rows = ada.look("window.xr.vrMenu")
        row = next(index for index, text in enumerate(rows) if text.startswith(label)) - 1
        press(0.265 + 0.135 - (84 + 88 * (row + 0.5)) * 0.27 / 720)

    back = 0.265 + 0.135 - 42 * 0.27 / 720
    press(back)
    ada.until("window.xr.vrMenu[0] === 'Menu'")
    press_row("Chat")
    ada.until("window.xr.vrMenu[0] === 'Chat'")
    press_row("Hello!")
    ada.until("window.xr.vrMenu.some((line) => line.endsWith(': Hello!'))")
    press(back)
    ada.until("window.xr.vrMenu[0] === 'Menu'")
    press_row("People")
    ada.until("window.xr.vrMenu[0] === 'People' && window.xr.vrMenu[1].endsWith(': you')")
    press(back)
    ada.until("window.xr.vrMenu[0] === 'Menu'")

    def ray_on_row(label: str) -> None:
        """Point at the row that begins so, from afar."""
        rows = ada.look("window.xr.vrMenu")[1:]
        row = next(index for index, text in enumerate(rows) if text.startswith(label))
        above = 0.265 + 0.135 - (84 + 88 * (row + 0.5)) * 0.27 / 720
        left = ada.pose["left"]["position"]
        aim(ada, [left[0], left[1] + above, left[2]], away)
        ada.until(f"window.xr.vrPointedAt === {label!r}")

    def click_row(label: str) -> None:
        ray_on_row(label)
        hold(ada, "trigger", held=True)
        hold(ada, "trigger", held=False)

    the_microphone_is_used_by_a_ray(ada, ray_on_row, click_row)
    press(back)
    ada.until("window.xr.vrMenu[0] === 'Menu'")
    press_row("Settings")
    ada.until("window.xr.vrMenu[0] === 'Settings'")
    height = ada.pose["position"][1]
    press_row("Sitting")
    ada.until(f"window.xr.pose.position[1] > {height} + 0.2")  # the eyes of somebody who stands
    assert ada.complaints == []


def the_microphone_is_used_by_a_ray(
    ada: Visitor, ray_on_row: Callable[[str], None], click_row: Callable[[str], None]
) -> None:
    """It is switched on, and made one that is open while a button of the controller is held."""
    ray_on_row("People")
    ray_on_row("Microphone")
    click_row("Microphone")
    ada.until("window.xr.vrMenu[1] === 'Microphone: Off'")
    click_row("Microphone")
    ada.until("window.xr.vrMenu[1] === 'Microphone: On'")
    ada.until("window.xr.vrMenu[3] === 'Others hear you: now'")
    click_row("It hears you")
    ada.until("window.xr.vrMenu[2] === 'It hears you: with B or Y'")
    ada.until("window.xr.vrMenu[3] === 'Others hear you: not now'")
    hold(ada, "b-button", held=True)
    ada.until("window.xr.vrMenu[3] === 'Others hear you: now'")
    hold(ada, "b-button", held=False)
    ada.until("window.xr.vrMenu[3] === 'Others hear you: not now'")
    click_row("Microphone")
    ada.until("window.xr.vrMenu[1] === 'Microphone: Off'")


def test_bare_hands_go_by_a_pinch(site: Site, visit: Visit, script: str) -> None:
    ada = visit(site.make_room(), script=script).enter()
    put_on(ada)
    ada.look("window.headset.primaryInputMode = 'hand'")
    move(ada, ".hands.right", (0.2, 1.2, -0.3))
    down = math.radians(50) / 2
    ada.look(
        f"window.headset.hands.right.quaternion.set({-math.sin(down)}, 0, 0, {math.cos(down)})"
    )
    ada.until("window.xr.pose.right")
    before = ada.pose
    ada.look("window.headset.hands.right.updatePinchValue(1)")
    ada.draw(5)
    assert apart(before, ada.pose) < 0.01, "not before it is let go"
    ada.look("window.headset.hands.right.updatePinchValue(0)")
    ada.until(f"Math.abs(window.xr.pose.position[0] - {before['position'][0]}) > 0.1")
    ada.settle()
    assert 0.3 < math.dist(before["position"][::2], ada.pose["position"][::2]) < 3
    assert ada.complaints == []


def test_a_restart_does_not_throw_one_out_of_vr(own_site: Site, visit: Visit, script: str) -> None:
    ada = visit(own_site.make_room(), script=script).enter()
    put_on(ada)
    before = ada.pose
    own_site.stop()
    ada.until("window.xr.connection.state === 'away'")
    assert ada.look("window.xr.vrNotice") == "No connection. Trying again…"
    own_site.start()
    ada.until("window.xr.joins === 2")
    assert "connection" not in ada.look("window.xr.vrNotice")
    assert ada.look("window.xr.inVr")
    assert apart(before, ada.pose) < 0.01


def test_ways_to_fail_are_told(site: Site, visit: Visit, script: str) -> None:
    ada = visit(site.make_room(), script=script)
    ada.page.route("**/xr_session*", lambda route: route.abort())
    ada.enter()
    said = ada.page.locator(".message", has_text="VR")
    expect(said).to_contain_text("The files for VR did not come. Load the page again.")
    ada.page.unroute("**/xr_session*")
    ada.page.get_by_role("button", name="Load again for VR").click()

    dialog = ada.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Enter VR")).to_be_enabled()
    ada.look(
        "(window.before = navigator.xr.requestSession, navigator.xr.requestSession = () =>"
        " Promise.reject(new DOMException('', 'NotAllowedError')), true)"
    )
    dialog.get_by_role("button", name="Enter VR").click()
    expect(said).to_contain_text("VR did not begin: the browser did not allow it.")
    ada.look("(navigator.xr.requestSession = window.before, true)")
    put_on(ada)


def test_plain_http_says_why_there_is_no_vr(site: Site, visit: Visit) -> None:
    plain = """
    Object.defineProperty(window, 'isSecureContext', {value: false});
    Object.defineProperty(navigator, 'xr', {value: undefined});
    """
    ada = visit(site.make_room(), script=plain).enter()
    ada.page.get_by_role("button", name="VR?").click()
    expect(ada.page.locator(".message", has_text="VR")).to_contain_text("VR needs https:")


def test_nothing_foreign_is_asked_in_vr(site: Site, visit: Visit, script: str) -> None:
    ada = visit(site.make_room(), script=script).enter()
    put_on(ada)
    ada.page.wait_for_timeout(500)
    assert ada.complaints == []
    assert [url for url in ada.requests if "xr_session" in url]
    foreign = [url for url in ada.requests if f"//localhost:{site.server.port}/" not in url]
    assert foreign == []
