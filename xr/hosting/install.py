"""The files of a server under systemd: units, user, folders, all with the right owner."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path
from string import Template

from xr.errors import RequestRefused
from xr.hosting.answers import PORTS, Answers, Https
from xr.settings import Settings

CONFIG = Path("/etc/xr/xr.toml")
DATABASE = Path("/var/lib/xr/xr.db")
_UNITS = Path("/etc/systemd/system")
_SYSUSERS = Path("/etc/sysusers.d/xr.conf")
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
    _write(root, _SYSUSERS, _filled("sysusers.conf"))
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
        _write(root, _UNITS / name, text)


def make_room(path: Path, replace: bool) -> None:
    """Move a file of settings aside that is there.

    Raises:
        RequestRefused: there is one, and it may not be replaced.
    """
    if not path.exists():
        return
    if not replace:
        raise RequestRefused(f"{path} exists already: --replace keeps it aside")
    path.rename(path.with_name(f"{path.name}.before"))


def moved_below(settings: Settings, root: Path) -> Settings:
    """The settings with the database where it is in another root."""
    if root == Path("/"):
        return settings
    return dataclasses.replace(settings, database=below(root, settings.database))


def next_steps(answers: Answers, command: Path) -> list[str]:
    """The commands that are left to type."""
    steps = ["systemctl daemon-reload", "systemctl enable --now xr.service xr-backup.timer"]
    if answers.https is Https.CADDY:
        steps += [
            f"echo 'import {_CADDYFILE}' >> /etc/caddy/Caddyfile",
            "systemctl reload caddy",
        ]
    return [*steps, f"{command} check"]


def _make_user(root: Path) -> tuple[int, int]:
    """Make the user, unless there is one; returns its numbers."""
    try:
        subprocess.run(
            ["systemd-sysusers", f"--root={root}", "-"],
            input=_filled("sysusers.conf"),
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise RequestRefused("there is no systemd-sysusers: does systemd run here?") from error
    except subprocess.CalledProcessError as error:
        raise RequestRefused(f"the user xr cannot be made: {error.stderr.strip()}") from error
    for line in below(root, Path("/etc/passwd")).read_text().splitlines():
        name, _, user, group, *_ = line.split(":")
        if name == "xr":
            return int(user), int(group)
    raise RequestRefused(f"systemd-sysusers made no user xr in {root}/etc/passwd")


def _filled(name: str, **values: str) -> str:
    return Template((_TEMPLATES / name).read_text()).substitute(values)


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
