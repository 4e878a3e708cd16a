"""The files of a server under systemd: units, user, folders, all with the right owner."""

import dataclasses
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from string import Template

from xr.errors import RequestRefused
from xr.hosting.answers import PORTS, Answers, Https
from xr.settings import Settings

CONFIG = Path("/etc/xr/xr.toml")
DATABASE = Path("/var/lib/xr/xr.db")
_UNITS = Path("systemd/system")
_SYSUSERS = Path("sysusers.d/xr.conf")
_CADDYFILE = Path("/etc/xr/Caddyfile")
_FOLDERS = (Path("/var/lib/xr"), Path("/var/lib/xr-backup"))
_HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))
"""Folders that the unit's ``ProtectHome`` hides."""
_PRIVILEGED = 1024

_TEMPLATES = Path(__file__).parent / "templates"
_NO_CAPABILITIES = "AmbientCapabilities=\nCapabilityBoundingSet=\nPrivateUsers=yes"
_LOW_PORT = (
    "# The port is below 1024, which takes this one capability.\n"
    "AmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE"
)


def find_command() -> Path:
    """The ``xr`` of this installation.

    Raises:
        RequestRefused: it lies where a unit cannot reach it.
    """
    beside = Path(sys.executable).parent / "xr"
    found = beside if beside.exists() else Path(shutil.which("xr") or beside)
    if any(found.is_relative_to(folder) for folder in _HIDDEN):
        raise RequestRefused(
            f"{found} is in somebody's home, which the unit may not see: install xr into /opt/xr "
            "(docs/hosting.md) and run /opt/xr/bin/xr init"
        )
    return found


def unit_files(answers: Answers, command: Path) -> dict[str, str]:
    """The text of each unit by its name."""
    low = PORTS[answers.https] < _PRIVILEGED
    values = {
        "command": str(command),
        "config": str(CONFIG),
        "capabilities": _LOW_PORT if low else _NO_CAPABILITIES,
        "sandbox": _filled("sandbox"),
    }
    names = ("xr.service", "xr-backup.service", "xr-backup.timer")
    return {name: _filled(name, **values) for name in names}


def install(answers: Answers, config: str, root: Path, command: Path) -> None:
    """Make the user ``xr``, the folders, the settings and the units below ``root``.

    Raises:
        RequestRefused: the caller is not root, or the user cannot be made.
    """
    if os.geteuid() != 0:
        raise RequestRefused("xr init --systemd makes a user and units: run it as root (sudo)")
    _provide(root, _SYSUSERS, sysusers_text())
    user, group = _make_user(root)
    for folder in _FOLDERS:
        path = below(root, folder)
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        os.chown(path, user, group)
    settings = _write(root, CONFIG, config, 0o640)
    os.chown(settings, 0, group)
    if answers.https is Https.CADDY:
        _write(root, _CADDYFILE, _filled("Caddyfile", domain=answers.domain))
    for name, text in unit_files(answers, command).items():
        _provide(root, _UNITS / name, text)


def sysusers_text() -> str:
    """The user, as systemd-sysusers makes it."""
    return _filled("sysusers.conf")


def make_room(path: Path, replace: bool) -> None:
    """Move a file of settings aside that is there, unless nobody has written anything into it.

    Raises:
        RequestRefused: there is one, and it may not be replaced.
    """
    if not path.exists() or _is_untouched(path):
        return
    if not replace:
        raise RequestRefused(f"{path} exists already: --replace keeps it aside")
    path.rename(path.with_name(f"{path.name}.before"))


def _is_untouched(path: Path) -> bool:
    """Whether it is as the Debian package brought it: it names the database, and nothing else."""
    try:
        found = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return found == {"database": str(DATABASE)}


def moved_below(settings: Settings, root: Path) -> Settings:
    """The settings with the database where it is in another root."""
    if root == Path("/"):
        return settings
    return dataclasses.replace(settings, database=below(root, settings.database))


def next_steps(answers: Answers, command: Path) -> list[str]:
    """The commands that are left to type."""
    units = "xr.service xr-backup.timer"
    steps = ["systemctl daemon-reload", f"systemctl enable {units}", f"systemctl restart {units}"]
    if answers.https is Https.CADDY:
        steps += [
            f"echo 'import {_CADDYFILE}' >> /etc/caddy/Caddyfile",
            "systemctl reload caddy",
        ]
    return [*steps, f"{command} check"]


def _make_user(root: Path) -> tuple[int, int]:
    """Make the user, unless there is one; returns its numbers."""
    found = _find_user(root)
    if found is not None:
        return found
    try:
        subprocess.run(
            ["systemd-sysusers", f"--root={root}", "-"],
            input=sysusers_text(),
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise RequestRefused("there is no systemd-sysusers: does systemd run here?") from error
    except subprocess.CalledProcessError as error:
        raise RequestRefused(f"the user xr cannot be made: {error.stderr.strip()}") from error
    found = _find_user(root)
    if found is None:
        raise RequestRefused(f"systemd-sysusers made no user xr in {root}/etc/passwd")
    return found


def _find_user(root: Path) -> tuple[int, int] | None:
    path = below(root, Path("/etc/passwd"))
    for line in path.read_text().splitlines() if path.exists() else ():
        name, _, user, group, *_ = line.split(":")
        if name == "xr":
            return int(user), int(group)
    return None


def _filled(name: str, **values: str) -> str:
    return Template((_TEMPLATES / name).read_text()).substitute(values)


def _provide(root: Path, path: Path, text: str) -> None:
    """Write a file below ``/etc``, unless a package brought the same below ``/usr/lib``."""
    packaged, own = below(root, Path("/usr/lib") / path), Path("/etc") / path
    if packaged.is_file() and packaged.read_text() == text:
        below(root, own).unlink(missing_ok=True)
    else:
        _write(root, own, text)


def _write(root: Path, path: Path, text: str, mode: int = 0o644) -> Path:
    target = below(root, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode)
    target.chmod(mode)
    target.write_text(text)
    return target


def below(root: Path, path: Path) -> Path:
    """The place of an absolute path in another root."""
    return root / path.relative_to("/")
