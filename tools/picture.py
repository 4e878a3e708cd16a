"""Takes the README's pictures, ``docs/*.png``: rooms of the example database with people in them.

``python tools/picture.py [NAME …]``, with a built client and Debian's chromium. A real server, real
pages, real screenshots; only where people stand, how they look and the words they say are arranged.
"""

import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from sqlite_utils import Database

from tools import example_database
from xr.identity import COOKIE, Identity
from xr.pose import Pose
from xr.store import tables
from xr.store.furniture import furnish

DOCS = Path(__file__).parent.parent / "docs"
SECRET = "for the pictures only"
PATIENCE = 120.0  # seconds until everybody is in; all is drawn in software
DESK = {"viewport": {"width": 1280, "height": 720}}
PHONE = {
    "viewport": {"width": 390, "height": 780},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


@dataclass(frozen=True)
class Part:
    """Somebody in a picture: metres right and ahead of the photographer, degrees that they look
    aside from straight at them; figure and colour as the Enter dialog names them."""

    name: str
    place: tuple[float, float, float]
    figure: str
    color: str
    line: str = ""
    gesture: str = ""


@dataclass(frozen=True)
class Shot:
    """One picture. ``key`` is pressed before it is taken, as to open a panel."""

    room_id: str
    cast: tuple[Part, ...]
    device: Mapping[str, Any] = field(default_factory=lambda: DESK)
    inside: bool = True
    key: str = ""


GARDEN = (
    Part("Ben", (-1.4, 4.0, 22), "Fox", "Pink", gesture="1"),
    Part("Ann", (0.3, 4.9, -14), "Robot", "Violet", line="Shall we meet here on Sunday?"),
    Part("Cem", (1.9, 3.9, -30), "Round", "Green", gesture="h"),
)
NIGHT = (
    Part("Dilek", (-1.6, 3.6, 24), "Ghost", "Sky", line="The stars are out."),
    Part("Eli", (-0.4, 4.6, 6), "Round", "Amber", line="Come and sit down!"),
    Part("Fay", (0.7, 3.8, -24), "Fox", "Teal", gesture="3"),
)
TEA = (
    Part("Ann", (-0.5, 3.2, 12), "Round", "Sky"),
    Part("Ben", (0.55, 3.9, -12), "Fox", "Amber", gesture="4"),
)
SHOTS: Mapping[str, Shot] = {
    "two-users": Shot("rooftop", GARDEN),
    "night": Shot("night", NIGHT, key="Enter"),
    "phone": Shot("teahouse", TEA, PHONE),
    "entering": Shot("teahouse", TEA, PHONE, inside=False),
}


def main() -> None:
    """Arrange, serve, enter, shoot."""
    chosen = sys.argv[1:] or [*SHOTS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        for name in chosen:
            picture = DOCS / f"{name}.png"
            with TemporaryDirectory() as folder:
                take(browser, SHOTS[name], Path(folder) / "xr.db", picture)
            print(f"{picture}: {picture.stat().st_size / 1024:.0f} KiB")
        browser.close()


def take(browser: Browser, shot: Shot, database: Path, picture: Path) -> None:
    """Take one picture, in a server of its own."""
    example_database.build(database)
    arrange(database, shot)
    with serving(database) as url:
        address = f"{url}/rooms/{shot.room_id}"
        pages = [play(browser, part, address) for part in shot.cast]
        page = open_page(browser, "photographer", address, shot.device)
        page.wait_for_timeout(2000)  # the look into the room
        if shot.inside:
            page.get_by_role("button", name="Enter", exact=True).dispatch_event("click")
            wait(page, f"Object.keys(window.xr.users).length === {len(shot.cast)}")
            page.locator("canvas").dispatch_event("pointerup")  # the help has been of use
        page.wait_for_timeout(4000)  # shaders compile, the last of the crowd is drawn
        if shot.key:
            page.keyboard.press(shot.key)
        for part, other in zip(shot.cast, pages, strict=True):
            act(other, part)
        page.evaluate("() => document.activeElement.blur()")  # no ring of the keyboard's
        page.wait_for_timeout(800)
        page.screenshot(path=picture)
        for context in browser.contexts:
            context.close()


def act(page: Page, part: Part) -> None:
    """Show the gesture and write the line, if the part has them."""
    page.locator("canvas").focus()
    if part.gesture:
        page.keyboard.press(part.gesture)
    if part.line:
        page.keyboard.press("Enter")
        page.get_by_label("Your line").fill(part.line)
        page.keyboard.press("Enter")


def arrange(database: Path, shot: Shot) -> None:
    """Make a further room, and put everybody in their place."""
    with closing(Database(database)) as db:
        furniture = furnish(Random(4), "night")
        tables.insert_room(db, "night", "Under the stars", furniture, time.time())
        place(db, shot)


def place(db: Database, shot: Shot) -> None:
    """Put everybody in their place: the photographer looks over the spawn point to the middle."""
    room = tables.load_room(db, shot.room_id)
    if room is None:
        raise SystemExit(f"picture: there is no room {shot.room_id}")
    x, _, z = room.entities["spawn"]["position"]
    yaw = math.atan2(-x, -z)
    eye = (x - 2.2 * math.sin(yaw), z - 2.2 * math.cos(yaw))
    poses = {"photographer": pose(*eye, yaw)}
    for part in shot.cast:
        right, ahead, aside = part.place
        at_x = eye[0] + right * math.cos(yaw) + ahead * math.sin(yaw)
        at_z = eye[1] - right * math.sin(yaw) + ahead * math.cos(yaw)
        back = math.atan2(eye[0] - at_x, eye[1] - at_z)
        poses[part.name.lower()] = pose(at_x, at_z, back + math.radians(aside))
    tables.save_poses(db, shot.room_id, list(poses.items()), time.time())


def pose(x: float, z: float, yaw: float) -> Pose:
    """Somebody who stands there and looks level."""
    half = yaw / 2
    return Pose((x, 1.7, z), (0.0, math.sin(half), 0.0, math.cos(half)))


@contextmanager
def serving(database: Path) -> Iterator[str]:
    """A server on this database; its address."""
    environment = {**os.environ, "XR_SECRET_KEY": SECRET, "XR_DATABASE": str(database)}
    command = [sys.executable, "-m", "xr", "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r":(\d+)", line)
        if found is None:
            raise SystemExit(f"picture: the server did not start: {line}")
        yield f"http://localhost:{found[1]}"
    finally:
        process.terminate()
        process.wait()


def open_page(browser: Browser, user_id: str, address: str, device: Mapping[str, Any]) -> Page:
    """Somebody's page, before the Enter dialog."""
    context = browser.new_context(**device)
    cookie = Identity(SECRET).sign_cookie(user_id)
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.goto(address)
    wait(page, "Boolean(window.xr)")
    return page


def play(browser: Browser, part: Part, address: str) -> Page:
    """The page of somebody in the picture, in the room."""
    small = {"viewport": {"width": 400, "height": 500}, "device_scale_factor": 0.1}
    page = open_page(browser, part.name.lower(), address, small)
    page.get_by_label("Your name").fill(part.name)
    page.get_by_role("radio", name=part.figure).check()
    page.get_by_role("radio", name=part.color).check()
    page.get_by_role("button", name="Enter", exact=True).click()
    wait(page, "window.xr.connection.state === 'joined'")
    return page


def wait(page: Page, expression: str) -> None:
    """Wait until it is true in the page, or give up."""
    deadline = time.monotonic() + PATIENCE
    while not page.evaluate(f"() => {expression}"):
        if time.monotonic() > deadline:
            raise SystemExit(f"picture: not within {PATIENCE:g} s: {expression}")
        page.wait_for_timeout(50)


if __name__ == "__main__":
    main()
