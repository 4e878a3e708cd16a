"""Takes the pictures that the preview of a link to a room shows: one of each kind of room.

``python -m tools.kind_pictures [KIND …]``, with a built client and Debian's chromium. They show
rooms that are made for the picture, with two people in them; never a room of somebody's.
"""

import shutil
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright
from sqlite_utils import Database

from tools.picture import Part, Shot, act, open_page, place, play, serving, wait
from xr.store import schema, tables
from xr.store.furniture import KINDS, furnish

PICTURES = Path(__file__).parent.parent / "xr" / "pages" / "static" / "kinds"
LARGEST = 40 * 1024
SIZE = {"width": 800, "height": 420}
SEEDS = {"plaza": 3, "garden": 5, "hall": 6, "night": 4}
CAST = (
    Part("Ann", (-1.1, 4.2, 18), "Fox", "Amber"),
    Part("Ben", (1.0, 5.0, -20), "Robot", "Sky", gesture="1"),
)
HIDE_ALL_ELSE = """() => document.querySelectorAll("#room > :not(canvas)")
    .forEach((each) => { each.style.visibility = "hidden"; })"""


def main() -> None:
    """Furnish, serve, enter, shoot."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
        )
        for kind in sys.argv[1:] or [*KINDS]:
            picture = PICTURES / f"{kind}.jpg"
            with TemporaryDirectory() as folder:
                take(browser, kind, Path(folder) / "xr.db", picture)
            print(f"{picture}: {picture.stat().st_size / 1024:.0f} KiB")
        browser.close()


def take(browser: Browser, kind: str, database: Path, picture: Path) -> None:
    """Take one picture, in a server of its own."""
    with closing(Database(database)) as db:
        schema.apply(db, schema.load_migrations())
        furniture = furnish(Random(SEEDS[kind]), kind)
        tables.insert_room(db, kind, kind.title(), furniture, time.time())
        place(db, Shot(kind, CAST))
    with serving(database) as url:
        address = f"{url}/rooms/{kind}"
        pages = [play(browser, part, address) for part in CAST]
        page = open_page(browser, "photographer", address, {"viewport": SIZE})
        page.get_by_role("button", name="Enter", exact=True).dispatch_event("click")
        wait(page, f"Object.keys(window.xr.users).length === {len(CAST)}")
        page.wait_for_timeout(4000)  # shaders compile, the last of the two is drawn
        for part, other in zip(CAST, pages, strict=True):
            act(other, part)
        page.wait_for_timeout(800)
        page.evaluate(HIDE_ALL_ELSE)
        for quality in range(85, 30, -5):
            page.screenshot(path=picture, type="jpeg", quality=quality)
            if picture.stat().st_size <= LARGEST:
                break
        for context in browser.contexts:
            context.close()


if __name__ == "__main__":
    main()
