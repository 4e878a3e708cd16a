"""The Debian package: its files, their modes, and scripts that a shell understands."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tools.build_deb import PACKAGING, ROOT, SCRIPTS, pack
from xr.hosting.answers import Answers, Https
from xr.hosting.install import CONFIG, DATABASE, unit_files


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of a module instead of the server: pip takes long, and has its own tests."""
    folder = tmp_path_factory.mktemp("deb")
    (folder / "site/xr").mkdir(parents=True)
    (folder / "site/xr/cli.py").write_text("def main() -> int:\n    return 7\n")
    return pack(folder / "site", "1.2.3", folder)


def told(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_its_files_are_roots_and_its_settings_are_the_operators(package: Path) -> None:
    lines = told("dpkg-deb", "--contents", str(package)).splitlines()
    modes = {line.split()[5].removeprefix("."): line.split()[:2] for line in lines}
    assert {owner for _, owner in modes.values()} == {"root/root"}
    assert modes["/usr/bin/xr"][0] == "-rwxr-xr-x"
    assert str(CONFIG) in modes
    assert told("dpkg-deb", "--info", str(package), "conffiles") == f"{CONFIG}\n"
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    control = told("dpkg-deb", "--info", str(package), "control")
    assert "\nVersion: 1.2.3\n" in control
    assert f"\nDepends: {minor}, " in control


def test_units_settings_and_command_are_in_it(package: Path, tmp_path: Path) -> None:
    told("dpkg-deb", "--raw-extract", str(package), str(tmp_path / "root"))
    root = tmp_path / "root"
    answers = Answers("", Https.NONE, "anyone", DATABASE)
    for name, text in unit_files(answers, Path("/usr/bin/xr")).items():
        assert (root / "usr/lib/systemd/system" / name).read_text() == text
    assert tomllib.loads((root / "etc/xr/xr.toml").read_text()) == {"database": str(DATABASE)}
    told(
        "sh",
        "-c",
        f"gunzip -c {root}/usr/share/doc/xr-rooms/changelog.gz | grep 'xr-rooms (1.2.3)'",
    )
    told("sh", "-c", f"cd {root} && md5sum --check --quiet DEBIAN/md5sums")
    launcher = (root / "usr/bin/xr").read_text().replace("/usr/lib", f"{root}/usr/lib")
    done = subprocess.run([sys.executable, "-IS", "-c", launcher], check=False)
    assert done.returncode == 7


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_shell_understands_its_scripts(name: str) -> None:
    script = PACKAGING / name
    assert script.read_text().startswith("#!/bin/sh\nset -e\n")
    told("sh", "-n", str(script))


def test_the_tutorial_starts_units_that_are_in_the_package() -> None:
    evening = ROOT / "tools" / "one_evening.sh"
    told("bash", "-n", str(evening))
    named = set(re.findall(r"\bas_unit ([\w.-]+)", evening.read_text()))
    assert named == {"xr.service", "xr-backup.service"}
