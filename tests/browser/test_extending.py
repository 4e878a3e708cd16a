"""The feature of ``docs/extending.md`` in a browser: built into the client, and played by two."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Site, Visit, running
from tests.extending.listings import listing, load
from tools.build_web import ready_node
from tools.wire.catalogue import gather
from tools.wire.typescript import typescript
from xr.features import FEATURES

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"

SERVE_DICE = """
import sys
sys.path.insert(0, {folder!r})
from pathlib import Path
import dice
import xr.server
xr.server.FEATURES = (*xr.server.FEATURES, dice.Dice)
xr.server.web_folder = lambda: Path({web!r})
"""


@pytest.fixture
def dice_site(tmp_path: Path) -> Iterator[Site]:
    """A server with the dice, and a client that is built with it."""
    dice = load("xr/features/dice.py", tmp_path)
    web = tmp_path / "web"
    leave_out = shutil.ignore_patterns("node_modules", "dist", "tests")
    shutil.copytree(WEB, web, ignore=leave_out)
    (web / "node_modules").symlink_to(WEB / "node_modules")
    (web / "src" / "systems" / "dice.ts").write_text(listing("web/src/systems/dice.ts"))
    (web / "src" / "wire.gen.ts").write_text(typescript(gather([*FEATURES, dice.Dice])))
    app = web / "src" / "app.ts"
    text = app.read_text()
    with_import = text.replace(
        "\nimport ", '\nimport { dice } from "./systems/dice.js";\nimport ', 1
    )
    app.write_text(with_import.replace("\n];", "\n  dice,\n];", 1))
    node = ready_node().node
    for tool in ("typescript/bin/tsc", "vite/bin/vite.js"):
        verb = ["build", "--logLevel", "warn"] if "vite" in tool else ["--noEmit"]
        command = [node, str(web / "node_modules" / tool), *verb]
        done = subprocess.run(command, cwd=web, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    patch = SERVE_DICE.format(folder=str(tmp_path), web=str(web / "dist"))
    with running(tmp_path, patch=patch) as site:
        yield site


def test_two_people_see_the_same_roll(dice_site: Site, visit: Visit) -> None:
    address = dice_site.make_room()
    ann, ben = visit(address), visit(address)
    for visitor in (ann, ben):
        visitor.enter()
    ann.page.get_by_role("button", name="Roll the dice").click()
    own = ann.page.get_by_text("You rolled a").inner_text()
    others = ben.page.get_by_text("Somebody rolled a").inner_text()
    assert own.removeprefix("You") == others.removeprefix("Somebody")
