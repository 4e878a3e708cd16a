"""A visitor: one page of a browser, and what can be seen through it of the room.

The look inside is ``window.xr``, described in ``web/src/systems/surface.ts``.
"""

import json
import math
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request

SECONDS = 30.0
"""How long to wait for anything: software rendering on a busy machine is slow."""


@dataclass
class Visitor:
    """A page at ``address``, a room's."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))

    def open(self) -> "Visitor":
        """Load the page, up to the Enter dialog."""
        self.page.goto(self.address)
        self.until("Boolean(window.xr)")
        return self

    def enter(self) -> "Visitor":
        """Load the page and go in."""
        self.open()
        self.page.get_by_role("button", name="Enter", exact=True).click()
        self.until("window.xr.connection.state === 'joined' && window.xr.present > 0")
        self.draw()  # the camera, where the snapshot has put it
        return self

    def draw(self, frames: int = 2) -> None:
        """Wait for so many frames."""
        self.until(f"window.xr.draws >= {self.look('window.xr.draws') + frames}")

    def look(self, expression: str) -> Any:
        """The value of an expression in the page; a CSP without eval forbids waiting in it."""
        return self.page.evaluate(f"() => ({expression})")

    def until(self, expression: str, seconds: float = SECONDS) -> Any:
        """Wait until the expression is true, and return it.

        Raises:
            AssertionError: it did not come true; the message shows the state of the page.
        """
        deadline = time.monotonic() + seconds
        while not (value := self.look(expression)):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {expression}\n{self._state()}")
            self.page.wait_for_timeout(20)
        return value

    @property
    def user_id(self) -> str:
        return str(self.look("window.xr.userId"))

    @property
    def pose(self) -> dict[str, Any]:
        """The own pose, as last drawn."""
        pose: dict[str, Any] = self.look("window.xr.pose")
        return pose

    @property
    def users(self) -> dict[str, Any]:
        """The others: where each is shown, and their newest pose."""
        users: dict[str, Any] = self.look("window.xr.users")
        return users

    @property
    def banner(self) -> str:
        """The notice about the connection, also in the dialog; nothing while all is well."""
        told = self.page.locator(".banner:visible, .refusal:visible")
        return str(told.first.text_content()) if told.count() else ""

    def walk(self, key: str, metres: float) -> None:
        """Hold a key until about that far from here; then stand still, and be sent."""
        start = json.dumps(self.pose["position"])
        far = f"window.xr.pose.position.reduce((sum, x, i) => sum + (x - {start}[i]) ** 2, 0)"
        self.page.locator("canvas").focus()
        self.page.keyboard.down(key)
        try:
            self.until(f"Math.sqrt({far}) > {metres}")
        finally:
            self.page.keyboard.up(key)
        self.settle()

    def turn(self, pixels: int) -> None:
        """Drag the picture sideways."""
        self.page.mouse.move(150, 120)
        self.page.mouse.down()
        self.page.mouse.move(150 + pixels, 120, steps=4)
        self.page.mouse.up()
        self.settle()

    def settle(self) -> None:
        """Wait until the own pose no longer changes."""
        before = None
        while before != (before := self.pose):
            self.page.wait_for_timeout(100)  # two periods of sending
            self.draw()

    def sees(self, other: "Visitor", within: float = 0.02, shown: bool = True) -> None:
        """Wait until this page has the other, hands too, where they have themselves.

        ``within`` is in metres and radians.

        Raises:
            AssertionError: it does not come to that.
        """
        which = "shown" if shown else "target"
        deadline = time.monotonic() + SECONDS
        found: Any = None
        while time.monotonic() < deadline:
            wanted = other.pose
            found = self.users.get(other.user_id, {}).get(which)
            if found and near(found, wanted, within):
                return
            self.page.wait_for_timeout(30)
        raise AssertionError(f"{which} is {found}, not {other.pose}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)

    def _state(self) -> str:
        shown = "JSON.stringify(window.xr ? {...window.xr, meshes: 0} : 'no window.xr')"
        return f"{self.look(shown)}\n" + "\n".join(self.complaints)


def near(one: dict[str, Any], other: dict[str, Any], within: float) -> bool:
    """Whether two poses are the same, with their hands, as far as this."""
    if apart(one, other) >= within or turned(one, other) >= within:
        return False
    hands = [(one.get(side), other.get(side)) for side in ("left", "right")]
    return all(bool(a) == bool(b) and (not (a and b) or near(a, b, within)) for a, b in hands)


def apart(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Metres between two poses."""
    return math.dist(one["position"], other["position"])


def turned(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Radians between two poses."""
    dot = abs(sum(a * b for a, b in zip(one["rotation"], other["rotation"], strict=True)))
    return 2 * math.acos(min(1.0, dot))
