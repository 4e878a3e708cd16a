"""Takes ``docs/two-users.png``: a room of the example database, as one of its visitors sees it.

``python tools/picture.py [ROOM]``, with a built client and Debian's chromium. A real server, real
pages, a real screenshot; only where people stand is arranged beforehand.
"""

import math
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright
from sqlite_utils import Database

from tools import example_database
from xr.identity import COOKIE, Identity
from xr.pose import Pose
from xr.store import tables

PICTURE = Path(__file__).parent.parent / "docs" / "two-users.png"
SECRET = "for the picture only"
SIZE = {"width": 1280, "height": 720}
PATIENCE = 60.0  # seconds until everybody is in; all is drawn in software

# Who stands where: metres right and ahead of the photographer, and degrees that they look aside
# from straight at them.
CAST = {"ben": (-1.3, 4.0, 22.0), "ann": (0.4, 4.9, -14.0), "cem": (1.9, 3.9, -30.0)}


def main() -> None:
    """Arrange, serve, enter, shoot."""
    room_id = sys.argv[1] if len(sys.argv) > 1 else "rooftop"
    with TemporaryDirectory() as folder:
        database = Path(folder) / "xr.db"
        example_database.build(database)
        arrange(database, room_id)
        with serving(database) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
            )
            for name in CAST:
                enter(browser, name, f"{url}/rooms/{room_id}", {"width": 64, "height": 64})
            page = enter(browser, "photographer", f"{url}/rooms/{room_id}", SIZE)
            wait(page, f"Object.keys(window.xr.users).length === {len(CAST)}")
            page.wait_for_timeout(2000)  # shaders compile, the last of the crowd is drawn
            page.screenshot(path=PICTURE)
            browser.close()
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1024:.0f} KiB")


def arrange(database: Path, room_id: str) -> None:
    """Put everybody in their place: the photographer looks over the spawn point to the middle."""
    with closing(Database(database)) as db:
        room = tables.load_room(db, room_id)
        if room is None:
            raise SystemExit(f"picture: the example database has no room {room_id}")
        x, _, z = room.entities["spawn"]["position"]
        yaw = math.atan2(-x, -z)
        eye = (x - 2.2 * math.sin(yaw), z - 2.2 * math.cos(yaw))
        poses = {"photographer": pose(*eye, yaw)}
        for name, (right, ahead, aside) in CAST.items():
            at_x = eye[0] + right * math.cos(yaw) + ahead * math.sin(yaw)
            at_z = eye[1] - right * math.sin(yaw) + ahead * math.cos(yaw)
            back = math.atan2(eye[0] - at_x, eye[1] - at_z)
            poses[name] = pose(at_x, at_z, back + math.radians(aside))
        tables.save_poses(db, room_id, list(poses.items()), time.time())


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


def enter(browser: Browser, name: str, address: str, size: dict[str, int]) -> Page:
    """Somebody's page, in the room."""
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    cookie = Identity(SECRET).sign_cookie(name)
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Enter", exact=True).click()
    wait(page, "window.xr?.connection.state === 'joined'")
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
