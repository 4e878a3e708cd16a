"""Every command block of README and docs runs, or says why it is not run."""

import os
import re
import shlex
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
import trio

from tests.docs.blocks import Block, blocks
from tests.serving.process import SECRET, launched
from tools.docs_site import ROOT, pages
from xr.cli import main
from xr.setting_sources import load_settings

BLOCKS = [block for page in pages() for block in blocks(page)]
RUN = [block for block in BLOCKS if not block.why]
SECONDS = 60  # for one block, on a machine that others load
LEAST = 20  # characters of a reason


async def typed(text: str, folder: Path) -> None:
    """Run commands in a folder, by a shell that stops at the first that fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    with trio.fail_after(SECONDS):
        done = await trio.run_process(
            ["bash", "-euo", "pipefail", "-c", text],
            env=environment,
            cwd=folder,
            stdin=b"",
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
    assert done.returncode == 0, f"{text}\n{done.stdout.decode()}{done.stderr.decode()}"


def filled(text: str, words: Mapping[str, str]) -> str:
    """The commands with the words in capitals that stand for something of the reader's."""
    pattern = "|".join(rf"\b{word}\b" for word in words)
    return re.sub(pattern, lambda found: words[found[0]], text)


def obey(lines: list[str]) -> None:
    """Run lines that are commands of ours alone: a new Python for each takes most of a second."""
    for line in lines:
        _, *arguments = shlex.split(line, comments=True)
        assert main(arguments) == 0, line


async def test_every_block_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with launched(tmp_path) as server:
        room_id, user_id = await server.make_room(), server.identity.new_user()
        await server.member(room_id, user_id)
        monkeypatch.setenv("XR_DATABASE", str(server.database))
        monkeypatch.setenv("XR_SECRET_KEY", SECRET)
        invited = [f"xr rooms invite {room_id} guest", f"xr rooms invites {room_id}"]
        await trio.to_thread.run_sync(obey, invited)
        invite = capsys.readouterr().out.splitlines()[-1].split()[0]
        words = {"ROOM": room_id, "USER": user_id, "INVITE": invite}
        for block in RUN:
            folder = tmp_path / f"{block.page.stem}-{block.line}"
            folder.mkdir()
            text = filled(block.text, words)
            if all(line.startswith("xr ") for line in text.splitlines()):
                await trio.to_thread.run_sync(obey, text.splitlines())
            else:
                await typed(text, folder)


def test_there_are_blocks_that_run() -> None:
    assert {block.page.name for block in RUN} >= {"moderation.md", "backup.md", "one-evening.md"}


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.why], ids=str)
def test_a_block_that_is_not_run_says_why(block: Block) -> None:
    assert len(block.why) >= LEAST, "say what it needs, or which test runs it"
    for name in re.findall(r"\b(?:tests|tools)/[\w/.]+\w", block.why):
        assert (ROOT / name).exists(), f"there is no {name}"


def test_a_marker_is_of_the_next_block_alone(tmp_path: Path) -> None:
    page = ROOT / "docs" / "none.md"
    found = tmp_path / page.name
    found.write_text("<!-- not run: it needs a domain -->\n\n```sh\na\n```\n\n```console\nb\n```\n")
    assert [(block.why, block.text) for block in blocks(found)] == [
        ("it needs a domain", "a\n"),
        ("", "b\n"),
    ]


def test_settings_in_the_docs_are_settings(tmp_path: Path) -> None:
    shown = [
        text
        for page in pages()
        for text in re.findall(r"(?ms)^```toml\n(.*?)^```", page.read_text())
    ]
    assert shown
    for text in shown:
        assert tomllib.loads(text)
        (tmp_path / "xr.toml").write_text(text)
        load_settings({}, None, tmp_path / "xr.toml")
