"""Mouth to ear: how long a click takes from one browser's microphone to another's loudspeaker.

``python benchmarks/mouth_to_ear.py [--delay 25 --loss 1] [--seconds 60]``, with a built client and
Debian's chromium. The microphone is a file of clicks. A click is timed where the page gets it from
the browser, and where the other page hands it to the browser to be played: so the capture and the
sound card are not in it. With ``--delay`` (milliseconds, one way) or ``--loss`` (per cent) both
pages reach the server over such a link; that needs root.
"""

import argparse
import json
import math
import shutil
import statistics
import struct
import sys
import tempfile
import wave
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.lossy_link import FAR, lossy_link
from benchmarks.servers import CHECKOUT, start

PATIENCE = 120_000  # milliseconds until a page is in: everything is drawn in software
RATE = 48_000
CLICK, EVERY = 0.03, 0.8  # seconds
LATEST = 0.75
"""Seconds after which a click that was not heard counts as lost: then there is the next one."""

# Where sound comes from the microphone and where it goes to be played, a long look is taken five
# times a second; each place at which it grows loud is noted, in milliseconds of the clock that all
# pages share. The clock of a context is behind by up to a buffer, and stands still when the machine
# is too slow; the least that was seen in the last second is true. A page that is in draws no more:
# that is done in software here, and takes a core from the sound.
EARS = """
(() => {
  const connect = AudioNode.prototype.connect;
  const SIZE = 32768, LOUD = 0.02, REST = 0.4;
  const tap = (node, name) => {
    const context = node.context;
    const ear = new AnalyserNode(context, { fftSize: SIZE });
    connect.call(node, ear);
    const samples = new Float32Array(SIZE);
    const found = (window[name] = []);
    const behind = [];
    let last = -Infinity;
    setInterval(() => {
      behind.push(performance.now() / 1000 - context.currentTime);
      if (behind.length > 200) behind.shift();
    }, 5);
    setInterval(() => {
      const now = context.currentTime;
      const least = Math.min(...behind);
      ear.getFloatTimeDomainData(samples);
      for (let index = 0; index < SIZE; index += 1) {
        const at = now - (SIZE - index) / context.sampleRate;
        if (Math.abs(samples[index]) < LOUD) continue;
        if (at > last + REST) found.push(performance.timeOrigin + 1000 * (at + least));
        last = Math.max(last, at);
      }
    }, 200);
  };
  AudioNode.prototype.connect = function (target, ...more) {
    if (this instanceof MediaStreamAudioSourceNode) tap(this, "mouth");
    const played = target === this.context.destination && this.context instanceof AudioContext;
    if (played) tap(this, "ear");
    return connect.call(this, target, ...more);
  };
  localStorage.setItem("xr:preferences", JSON.stringify({ sounds: false }));
})();
"""


@dataclass(frozen=True)
class Delays:
    """The figures of one run; times in milliseconds."""

    clicks: int
    lost: int
    p50: float
    p99: float
    most: float


def summary(mouth: list[float], ear: list[float]) -> Delays:
    """The figures of clicks that went in and out at these times.

    Raises:
        SystemExit: there are too few to say anything.
    """
    first, last = (ear[0], ear[-1]) if ear else (0.0, 0.0)
    said = [at for at in mouth if first - 1000 * LATEST <= at <= last]
    delays = []
    for at in said:
        heard = [each - at for each in ear if 0 <= each - at < 1000 * LATEST]
        delays += heard[:1]
    if len(delays) < 20:
        raise SystemExit(f"mouth to ear: only {len(delays)} clicks were heard; give more --seconds")
    delays.sort()
    return Delays(
        clicks=len(said),
        lost=len(said) - len(delays),
        p50=round(statistics.median(delays)),
        p99=round(delays[math.ceil(0.99 * len(delays)) - 1]),
        most=round(delays[-1]),
    )


def write_clicks(path: Path) -> None:
    """A file of short tones, with a little noise of the room between them."""
    every, click = int(RATE * EVERY), int(RATE * CLICK)
    samples = [
        0.5 * math.sin(2 * math.pi * 1000 * n / RATE) if n % every < click else 0.0
        for n in range(10 * every)
    ]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(32_767 * each)) for each in samples))


def enter(browser: Browser, address: str) -> Page:
    """A new person's page in the room."""
    context = browser.new_context(viewport={"width": 320, "height": 240}, device_scale_factor=0.25)
    page = context.new_page()
    page.add_init_script(EARS)
    page.goto(address, timeout=PATIENCE)
    page.get_by_role("button", name="Enter", exact=True).click(timeout=PATIENCE)
    inside = "window.xr?.connection.state === 'joined' && window.xr.draws > 5"
    while not page.evaluate(f"() => {inside}"):
        page.wait_for_timeout(100)
    page.evaluate("() => void (window.requestAnimationFrame = () => 0)")
    return page


def measure(seconds: float, delay: float, loss: float) -> Delays:
    """Serve a room, let one page click and another listen."""
    with ExitStack() as stack:
        linked = delay > 0 or loss > 0
        if linked:
            stack.enter_context(lossy_link(delay / 1000, loss / 100))
        server = stack.enter_context(start("xr", CHECKOUT, host="0.0.0.0" if linked else ""))
        site = f"http://{FAR if linked else 'localhost'}:{server.port}"
        clicks = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "clicks.wav"
        write_clicks(clicks)
        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={clicks}",
            "--autoplay-policy=no-user-gesture-required",
            f"--unsafely-treat-insecure-origin-as-secure={site}",
        ]
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        stack.callback(browser.close)
        address = f"{site}/rooms/{server.new_rooms(1)[0]}"
        talker, listener = enter(browser, address), enter(browser, address)
        talker.get_by_role("button", name="Microphone").click()
        listener.wait_for_timeout(5000)  # until the gate, the line and the buffer have settled
        for page in (talker, listener):
            page.evaluate("() => { for (const name of ['mouth', 'ear']) window[name]?.splice(0) }")
        listener.wait_for_timeout(seconds * 1000)
        return summary(
            talker.evaluate("() => window.mouth ?? []"), listener.evaluate("() => window.ear ?? []")
        )


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--delay", type=float, default=0, help="milliseconds, one way")
    parser.add_argument("--loss", type=float, default=0, help="per cent of packets, each way")
    arguments = parser.parse_args()
    delays = measure(arguments.seconds, arguments.delay, arguments.loss)
    print(json.dumps(asdict(delays)))


if __name__ == "__main__":
    main()
