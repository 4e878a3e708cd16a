"""The sounds of the room. The page cannot be listened to here: it tells which sounds it starts."""

from tests.browser.conftest import Site, Visit

LISTEN = """
window.contexts = [];
window.sounds = [];
const Real = window.AudioContext;
window.AudioContext = class extends Real {
  constructor(options) { super(options); window.contexts.push(this); }
};
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  window.sounds.push(this.buffer.duration);
  return start.apply(this, when);
};
"""


def test_others_are_heard_at_their_place_and_not_after_sounds_are_off(
    site: Site, visit: Visit
) -> None:
    room = site.make_room()
    ada = visit(room, script=LISTEN).open()
    assert ada.look("window.contexts.length") == 0
    ada.enter()
    ada.until("window.contexts.length === 1 && window.contexts[0].state === 'running'")

    bob = visit(room).enter()
    ada.until("window.sounds.length >= 1")  # he came
    bob.walk("KeyW", 2)
    ada.until("window.sounds.length >= 3")  # and stepped
    listener = "window.contexts[0].listener"
    x, y, z = ada.pose["position"]
    for axis, metres in (("X", x), ("Y", y), ("Z", -z)):
        ada.until(f"Math.abs({listener}.position{axis}.value - {metres}) < 0.01")

    ada.page.keyboard.press("o")
    ada.page.get_by_role("checkbox", name="Sounds of the room").uncheck()
    ada.page.keyboard.press("Escape")
    count = ada.look("window.sounds.length")
    bob.page.close()
    ada.until("window.xr.present === 1")
    assert ada.look("window.sounds.length") == count
