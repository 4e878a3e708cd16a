"""A real browser against a real server: fixtures.

Chromium is Debian's, headless, drawing in software. Playwright brings no browser of its own.
"""

import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from tests.browser.visitor import SECONDS, Visitor
from tests.serving.process import Server, launched

ROOT = Path(__file__).parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SCREEN: dict[str, Any] = {"viewport": {"width": 320, "height": 240}, "device_scale_factor": 0.25}
"""A small screen of coarse pixels: drawing in software takes most of the time of these tests."""

FEWER_FRAMES = """{
  const draw = window.requestAnimationFrame.bind(window);
  let last = -Infinity;
  window.requestAnimationFrame = (callback) => draw(function due(now) {
    if (now > last && now - last < 80) return draw(due);
    last = now;
    callback(now);
  });
}"""
"""A page draws some twelve frames a second: more of them would take time of the other tests."""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The one that there may be in a thread."""
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail("no chromium here: apt-get update && apt-get install -y chromium", False)
    if not (ROOT / "web" / "dist" / ".vite" / "manifest.json").exists():
        pytest.fail("the client is not built: python tools/build_web.py", False)
    browser = playwright.chromium.launch(executable_path=found, args=[*FLAGS])
    yield browser
    browser.close()


@dataclass
class Site:
    """A server that can be stopped and started again at its address, on its database."""

    folder: Path
    server: Server
    stack: ExitStack
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        # not 127.0.0.1: over plain http, Babylon takes only localhost for safe enough for WebXR
        path = urlsplit(self.settings.get("public_url", "")).path
        return f"http://localhost:{self.server.port}{path}"

    def make_room(self, name: str = "Room") -> str:
        """A new room; its address."""
        form = urlencode({"name": name}).encode()
        with urllib.request.urlopen(f"{self.url}/rooms", form, timeout=10):
            pass
        with urllib.request.urlopen(f"{self.url}/api/rooms", timeout=10) as answer:
            room_id = json.load(answer)[0]["id"]
        return f"{self.url}/rooms/{room_id}"

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        self.server.terminate()
        assert self.server.process.wait(10) == 0, self.server.log

    def kill(self) -> None:
        """SIGKILL: it has no time to say or to write anything."""
        self.server.process.kill()
        self.server.process.wait(10)

    def start(self) -> None:
        """Start again: same port, same database."""
        again = launched(self.folder, port=self.server.port, **self.settings)
        self.server.log_file.unlink()
        self.server = self.stack.enter_context(again)


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Site]:
    with ExitStack() as stack:
        server = stack.enter_context(launched(folder, **settings))
        yield Site(folder, server, stack, settings)


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all tests that leave it running."""
    with running(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(shared_site: Site) -> Site:
    return shared_site


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A server of the test's own, to stop and start."""
    with running(tmp_path) as site:
        yield site


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """``visit(address)``: a new person's page. ``visit(address, like=visitor)``: their next tab.

    ``script`` runs in the page before its own code; ``device`` is more of the browser's context.
    """
    contexts: list[BrowserContext] = []

    def new(
        address: str, like: Visitor | None = None, script: str | None = None, **device: Any
    ) -> Visitor:
        if like is None:
            screen = {**SCREEN, **device}
            contexts.append(browser.new_context(**screen))
        context = like.page.context if like else contexts[-1]
        page = context.new_page()
        page.add_init_script(FEWER_FRAMES)
        if script:
            page.add_init_script(script)
        return Visitor(page, address)

    yield new
    for context in contexts:
        context.close()
