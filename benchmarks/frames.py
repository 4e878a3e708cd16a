"""Frames of a page: script time and draw calls of each, in a room with so many others.

``python benchmarks/frames.py [--others 50] [--seconds 20]``, with a built client and Debian's
chromium. The others are simulated users that walk and look about, as ``xr bots`` sends them.

Script time is wall time, in which a busy machine does other work, too; CPU time is that of the
page's thread alone, from Chromium's trace.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.servers import CHECKOUT, start

NOTHING_DRAWN = 300  # microseconds: a frame that only looks whether it is time to draw
PATIENCE = 120_000  # milliseconds until all are seen: everything is drawn in software

# The time of each animation frame's callbacks, and the draw calls in it, from the page's side.
WATCH = """
(() => {
  const frames = window.frames_seen = [];
  let calls = 0;
  const plain = ["drawElements", "drawArrays"];
  for (const name of [...plain, ...plain.map((name) => `${name}Instanced`)]) {
    const draw = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...args) {
      calls += 1;
      return draw.apply(this, args);
    };
  }
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => request((time) => {
    calls = 0;
    const began = performance.now();
    callback(time);
    const script = performance.now() - began;
    if (calls > 0) frames.push([script, calls]);
  });
})();
"""


@dataclass(frozen=True)
class Frames:
    """The figures of one run; times in milliseconds."""

    frames: int
    script_p50: float
    script_p95: float
    cpu_p50: float
    draw_calls_p50: float
    draw_calls_most: int


def summary(frames: list[tuple[float, int]], cpu: list[float]) -> Frames:
    """The figures of frames: script time and draw calls of each, and CPU time in milliseconds.

    Raises:
        SystemExit: there are too few to say anything.
    """
    if len(frames) < 20:
        raise SystemExit(f"frames: only {len(frames)} frames were drawn; give it more --seconds")
    times = sorted(time for time, _ in frames)
    calls = sorted(count for _, count in frames)
    return Frames(
        frames=len(frames),
        script_p50=round(statistics.median(times), 2),
        script_p95=round(times[int(0.95 * len(times))], 2),
        cpu_p50=round(statistics.median(cpu), 2),
        draw_calls_p50=statistics.median(calls),
        draw_calls_most=calls[-1],
    )


def measure(others: int, seconds: float) -> Frames:
    """Serve a room, send the others in, and watch a page in it."""
    with start("xr", CHECKOUT) as server, sync_playwright() as playwright:
        room_id = server.new_rooms(1)[0]
        url = f"http://localhost:{server.port}"
        command = [sys.executable, "-m", "xr", "bots", "--room", room_id, "--url", url]
        command += ["--count", str(others), "--seconds", str(PATIENCE / 1000 + seconds)]
        bots = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        try:
            page = browser.new_page(
                viewport={"width": 640, "height": 360}, device_scale_factor=0.25
            )
            enter(page, f"{url}/rooms/{room_id}", others)
            return watch(browser, page, seconds)
        finally:
            browser.close()
            bots.terminate()
            bots.wait()


def enter(page: Page, address: str, others: int) -> None:
    """Go in, and wait until all others are drawn and shaders are ready."""
    page.add_init_script(WATCH)
    page.goto(address)
    page.get_by_role("button", name="Enter", exact=True).click(timeout=PATIENCE)
    left = PATIENCE
    while page.evaluate("() => Object.keys(window.xr.users).length") < others:
        left -= 100
        if left < 0:
            raise SystemExit("frames: the others did not all come")
        page.wait_for_timeout(100)
    page.wait_for_timeout(3000)


def watch(browser: Browser, page: Page, seconds: float) -> Frames:
    """Watch the frames that are drawn from now on."""
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.evaluate("() => void window.frames_seen.splice(0)")
    page.wait_for_timeout(seconds * 1000)
    frames = page.evaluate("() => window.frames_seen")
    return summary(frames, cpu_times(json.loads(browser.stop_tracing())["traceEvents"]))


def cpu_times(events: list[dict[str, Any]]) -> list[float]:
    """The CPU time of each animation frame of a trace, without those that drew nothing."""
    frames = [event for event in events if event["name"] == "FireAnimationFrame"]
    return [event["tdur"] / 1000 for event in frames if event.get("tdur", 0) > NOTHING_DRAWN]


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--others", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.others, arguments.seconds).__dict__))


if __name__ == "__main__":
    main()
