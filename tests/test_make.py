"""The tools that ``make`` calls, on machines that are not as they should be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import build_web
from tools.check_environment import is_good

ROOT = Path(__file__).parents[1]


def scripts_in(folder: Path, names: str) -> Path:
    """The folder of an environment's scripts, in which ``xr`` names a Python."""
    (folder / "xr").write_text(f"#!{names}/python\nimport xr\n")
    return folder


def test_an_environment_knows_its_place(tmp_path: Path) -> None:
    assert is_good(ROOT, scripts_in(tmp_path, str(tmp_path)))
    assert not is_good(ROOT, scripts_in(tmp_path, "/where/it/was"))  # moved
    assert not is_good(tmp_path, scripts_in(tmp_path, str(tmp_path)))  # copied: our xr is another's
    assert not is_good(ROOT, tmp_path / "missing")


def test_npm_keeps_its_files_in_the_checkout_where_home_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("npm_config_cache", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert build_web.npm_cache() == {}
    monkeypatch.setenv("HOME", str(tmp_path / "missing"))
    cache = build_web.npm_cache()["npm_config_cache"]
    assert Path(cache).is_relative_to(ROOT)
    monkeypatch.setenv("npm_config_cache", "/of/the/operator")
    assert build_web.npm_cache() == {}


def test_too_little_room_for_temporary_files_is_told_with_the_setting() -> None:
    patch = (
        "import collections, runpy, shutil\n"
        "free = lambda _: collections.namedtuple('Usage', 'free')(20 << 20)\n"
        "shutil.disk_usage = free\n"
        "runpy.run_path('tools/check_python.py')"
    )
    done = subprocess.run(
        [sys.executable, "-c", patch], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stderr.startswith("Only 20 MB are free in ")
    assert "TMPDIR" in done.stderr
