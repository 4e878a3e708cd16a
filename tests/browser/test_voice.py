"""Voices between two browsers: a tone into one microphone is heard at the other, from its side."""

import math
import shutil
import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM, FLAGS, Site
from tests.browser.visitor import SECONDS, Visitor

TONE = 440
RATE = 48_000

EAR = """
(() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...more) {
    const context = this.context;
    if (target === context.destination && context instanceof AudioContext) {
      window.ears ??= [];
      const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
      const pair = [0, 1].map((side) => {
        const ear = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
        connect.call(splitter, ear, side);
        return ear;
      });
      const stereo = new GainNode(context, { channelCount: 2, channelCountMode: "explicit" });
      connect.call(this, stereo);
      connect.call(stereo, splitter);
      window.ears.push(pair);
    }
    return connect.call(this, target, ...more);
  };
  const loudness = (ear, hertz) => {
    const bins = new Float32Array(ear.frequencyBinCount);
    ear.getFloatFrequencyData(bins);
    const at = Math.round((hertz * ear.fftSize) / ear.context.sampleRate);
    return Math.max(...bins.slice(at - 2, at + 3));
  };
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    window.player = this;
    return play.call(this);
  };
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (window.blocked) throw new DOMException("no", "NotAllowedError");
    const stream = await ask(wanted);
    window.track = stream.getAudioTracks()[0];
    return stream;
  };
  const side = (hertz, at) => (window.ears ?? []).map((pair) => loudness(pair[at], hertz));
  window.loudness = (hertz) => [0, 1].map((at) => Math.max(-200, ...side(hertz, at)));
})();
"""
"""Ears for a page: ``loudness(hertz)`` is the decibels left and right of all that it plays.

``track`` is the microphone's, ``player`` the element that plays, where one does; with ``blocked``
the microphone is refused.
"""

NO_OPUS = "delete window.AudioEncoder; delete window.AudioDecoder;"
"""A browser without Opus of its own."""

AUDIBLE, INAUDIBLE = -65, -80
"""Decibels in the bins of the tone."""


def write_tone(path: Path) -> None:
    """Half a second of a tone, then a fifth of silence: what never ends is taken for noise."""
    samples = [
        0.4 * math.sin(2 * math.pi * TONE * n / RATE) if n % (RATE * 7 // 10) < RATE // 2 else 0.0
        for n in range(RATE * 7)
    ]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(32_767 * each)) for each in samples))


@pytest.fixture(scope="module")
def talking(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose microphone hears the tone."""
    tone = tmp_path_factory.mktemp("tone") / "tone.wav"
    write_tone(tone)
    flags = (
        *FLAGS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={tone}",
        "--autoplay-policy=no-user-gesture-required",
        "--allow-loopback-in-peer-connection",
    )
    found = next(filter(None, map(shutil.which, CHROMIUM)))
    browser = playwright.chromium.launch(executable_path=found, args=[*flags])
    yield browser
    browser.close()


def visitor(browser: Browser, address: str, script: str = "") -> Visitor:
    context = browser.new_context(viewport={"width": 640, "height": 480}, device_scale_factor=0.25)
    page = context.new_page()
    page.add_init_script(EAR + script)
    return Visitor(page, address).enter()


def loudest(page: Page, hertz: float, milliseconds: int = 800) -> list[float]:
    """The loudest that each ear heard of this pitch in a while."""
    heard = [-200.0, -200.0]
    for _ in range(milliseconds // 50):
        now: list[float] = page.evaluate("(hertz) => window.loudness(hertz)", hertz)
        heard = [max(pair) for pair in zip(heard, now, strict=True)]
        page.wait_for_timeout(50)
    return heard


def hears(page: Page, seconds: float = SECONDS) -> None:
    """Wait until the tone is heard."""
    for _ in range(int(seconds)):
        if max(loudest(page, TONE)) > AUDIBLE:
            return
    raise AssertionError(f"no tone: {loudest(page, TONE)}")


def hears_nothing(page: Page) -> None:
    """Wait until the tone is not heard any more, for longer than its own pauses."""
    heard: list[float] = []
    for _ in range(10):
        heard = loudest(page, TONE, 500)
        if max(heard) < INAUDIBLE:
            return
    raise AssertionError(f"still heard: {heard}")


def side_of(listener: Visitor, talker: Visitor) -> float:
    """How far to the right the talker stands: 1 is right beside, -1 left, 0 ahead or behind."""
    pose: dict[str, Any] = listener.pose
    x, y, z, w = pose["rotation"]
    right = (1 - 2 * (y * y + z * z), 2 * (x * z - w * y))  # the x axis, turned: its x and z
    there = talker.pose["position"]
    way = (there[0] - pose["position"][0], there[2] - pose["position"][2])
    return float(right[0] * way[0] + right[1] * way[1]) / (math.hypot(*way) or 1)


def test_a_voice_is_heard_from_where_it_stands(talking: Browser, site: Site) -> None:
    room = site.make_room()
    ann, bob = visitor(talking, room), visitor(talking, room)
    ann.sees(bob)
    microphone = ann.page.get_by_role("button", name="Microphone")
    expect(microphone).to_have_attribute("aria-pressed", "false")
    hears_nothing(bob.page)

    microphone.click()
    expect(microphone).to_have_attribute("aria-pressed", "true")
    hears(bob.page)
    assert max(loudest(bob.page, TONE)) > max(loudest(bob.page, TONE * 2.5)) + 20
    assert max(loudest(ann.page, TONE)) < INAUDIBLE, "ann hears herself"

    for _ in range(8):  # until ann stands at one side of bob
        if abs(side_of(bob, ann)) > 0.5:
            break
        bob.turn(100)
    side = side_of(bob, ann)
    assert abs(side) > 0.5
    left, right = loudest(bob.page, TONE, 1600)
    assert (right - left) * math.copysign(1, side) > 3, (side, left, right)

    the_people_panel_has_volume_and_ignore(bob)
    bob.look("window.ears[0][0].context.suspend()")  # as a phone call does
    bob.until("window.ears[0][0].context.state === 'running'")
    hears(bob.page)

    ann.page.locator("canvas").focus()
    ann.page.keyboard.press("v")
    expect(microphone).to_have_attribute("aria-pressed", "false")
    assert ann.look("window.track.readyState") == "ended"
    hears_nothing(bob.page)
    ann.page.keyboard.press("v")
    hears(bob.page)
    ann.page.close()
    hears_nothing(bob.page)
    assert not [text for text in bob.complaints if "AudioContext" not in text]


def the_people_panel_has_volume_and_ignore(bob: Visitor) -> None:
    """One hears the others less, or not at all."""
    page = bob.page
    page.get_by_role("button", name="People").click()
    page.locator(".person .who:enabled").click()
    volume = page.get_by_role("slider", name="Volume")
    volume.fill("0")
    hears_nothing(page)
    volume.fill("1")
    hears(page)
    page.get_by_role("button", name="Ignore").click()
    hears_nothing(page)
    page.get_by_role("button", name="Stop ignoring").click()
    hears(page)


def test_a_browser_without_opus_has_a_voice_all_the_same(talking: Browser, site: Site) -> None:
    room = site.make_room()
    ann, bob = visitor(talking, room), visitor(talking, room, NO_OPUS)
    ann.sees(bob)
    ann.page.get_by_role("button", name="Microphone").click()
    hears(bob.page)
    assert any("wasm_worker" in address for address in bob.requests)
    assert not any("wasm" in address for address in ann.requests)
    ann.page.get_by_role("button", name="Microphone").click()

    microphone = bob.page.get_by_role("button", name="Microphone")
    bob.look("window.blocked = true")
    microphone.click()
    expect(bob.page.get_by_text("Your browser blocked the microphone")).to_be_visible()
    bob.look("window.blocked = false")
    microphone.click()
    hears(ann.page)
    bob.look("window.track.enabled = false")  # by its own switch
    loudspeakers_go_around_by_webrtc(ann)
    heard = bob.page.get_by_text("We hear nothing from your microphone")
    expect(heard).to_be_visible(timeout=SECONDS * 1000)
    bob.look("window.track.enabled = true")
    expect(heard).to_be_hidden(timeout=SECONDS * 1000)
    ann.until("window.player.heard(440) > -65")
    assert not [text for text in ann.complaints if "AudioContext" not in text]


def loudspeakers_go_around_by_webrtc(ann: Visitor) -> None:
    """The sound is led through a connection within the page, and played by an element."""
    page = ann.page
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Loudspeakers").check()
    page.keyboard.press("Escape")
    ann.until("window.player?.srcObject?.active && !window.player.paused")
    page.evaluate(
        """() => {
          const [{ context }] = window.ears[0];
          const ear = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
          const mediaStream = window.player.srcObject;
          new MediaStreamAudioSourceNode(context, { mediaStream }).connect(ear);
          window.player.heard = (hertz) => {
            const bins = new Float32Array(ear.frequencyBinCount);
            ear.getFloatFrequencyData(bins);
            const at = Math.round((hertz * ear.fftSize) / context.sampleRate);
            return Math.max(...bins.slice(at - 2, at + 3));
          };
        }"""
    )
