"""Make a Debian package with plain ``dpkg-deb``: ``make deb``.

In it are xr and its locked dependencies as they are on this machine, for the Python that runs this:
nothing is fetched or built where it is installed. Its settings and scripts are in ``packaging``.
"""

import gzip
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from xr.hosting.answers import Answers, Https
from xr.hosting.install import CONFIG, DATABASE, sysusers_text, unit_files

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
PACKAGING = Path(__file__).parent / "packaging"
SITE = Path("usr/lib/xr-rooms")
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
SCRIPTS = ("postinst", "prerm", "postrm")
CHANGES = """\
xr-rooms ({version}) unstable; urgency=medium

  * See CHANGELOG.md of the project.

 -- The operators of this server <root@localhost>  Thu, 01 Jan 1970 00:00:00 +0000
"""
LAUNCHER = f"""\
#!/usr/bin/python{MINOR} -I
import sys

sys.path.insert(0, "/{SITE}")
from xr.cli import main

sys.exit(main())
"""


def install_site(wheel: Path, site: Path) -> None:
    """Install the wheel and its locked dependencies into a folder of their own, not compiled."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--target", str(site), "--upgrade", "--no-compile", "--only-binary", ":all:"]
    locked = ["--require-hashes", "-r", str(ROOT / "requirements.lock")]
    for wanted in (locked, ["--no-deps", str(wheel)]):
        subprocess.run([*pip, *options, *wanted], check=True)
    for unused in (site / "bin", *site.glob("pip"), *site.glob("pip-*")):  # sqlite-utils brings pip
        shutil.rmtree(unused, ignore_errors=True)
    for path in site.rglob("*"):
        if path.is_file():
            path.chmod(0o644)  # programs of dependencies are no commands of this machine


def pack(site: Path, version: str, folder: Path) -> Path:
    """Put the package together from an installed ``site``; returns its file in ``folder``."""
    architecture = _output("dpkg", "--print-architecture")
    with TemporaryDirectory() as name:
        stage = Path(name) / "stage"
        shutil.copytree(site, stage / SITE)
        _add_files(stage, version)
        size = sum(path.stat().st_size for path in stage.rglob("*") if path.is_file())
        values = {"version": version, "architecture": architecture, "minor": MINOR}
        _add_control(stage, {**values, "kilobytes": str(size // 1024)})
        target = folder / f"xr-rooms_{version}_{architecture}.deb"
        _output("dpkg-deb", "--build", "--root-owner-group", str(stage), str(target))
    return target


def _add_files(stage: Path, version: str) -> None:
    """All that is not Python's: command, settings, units and the user."""
    _write(stage / "usr/bin/xr", LAUNCHER, 0o755)
    _write(stage / CONFIG.relative_to("/"), (PACKAGING / "xr.toml").read_text())
    _write(stage / "usr/share/doc/xr-rooms/copyright", (ROOT / "LICENSE").read_text())
    changes = stage / "usr/share/doc/xr-rooms/changelog.gz"
    changes.write_bytes(gzip.compress(CHANGES.format(version=version).encode(), mtime=0))
    answers = Answers("", Https.NONE, "anyone", DATABASE)
    for name, text in unit_files(answers, Path("/usr/bin/xr")).items():
        _write(stage / "usr/lib/systemd/system" / name, text)
    _write(stage / "usr/lib/sysusers.d/xr.conf", sysusers_text())


def _add_control(stage: Path, values: dict[str, str]) -> None:
    """Debian's description of the package, sums, and the scripts around its installation."""
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    sums = [
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(stage)}\n"
        for path in files
    ]
    folder = stage / "DEBIAN"
    _write(folder / "md5sums", "".join(sums))
    _write(folder / "conffiles", f"{CONFIG}\n")
    _write(folder / "control", (PACKAGING / "control").read_text().format(**values))
    for name in SCRIPTS:
        text = (PACKAGING / name).read_text()
        _write(folder / name, text.replace("{minor}", values["minor"]), 0o755)


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> int:
    """Package the newest wheel of ``dist``; prints the file."""
    wheels = sorted(DIST.glob("xr_rooms-*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        print("there is no wheel in dist: make dist first", file=sys.stderr)
        return 1
    with TemporaryDirectory() as name:
        site = Path(name)
        site.chmod(0o755)
        install_site(wheels[-1], site)
        print(pack(site, wheels[-1].name.split("-")[1], DIST))
    return 0


if __name__ == "__main__":
    sys.exit(main())
