"""The commands that help to host a server."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from xr.hosting.answers import config_text
from xr.hosting.asking import MAKERS, PORT, WAYS, ask
from xr.hosting.check import check as look_at_all
from xr.hosting.check import summary
from xr.hosting.findings import Finding, Grade
from xr.hosting.install import (
    CONFIG,
    below,
    find_command,
    install,
    make_room,
    moved_below,
    next_steps,
)
from xr.setting_sources import listed, load_settings, shown
from xr.usage import Command, read_settings


@click.command(
    "check", cls=Command, examples=["xr check", "xr check --config /etc/xr/xr.toml --json"]
)
@click.option("--json", "as_json", is_flag=True, help="answer in JSON")
def check(as_json: bool) -> int:
    """Look whether all is well: settings, files, key, database, certificate, proxy, public URL.

    Each line is good, a warning or a fault, and says what to do. Faults end with exit code 1.
    """
    settings, origins = read_settings()
    found = look_at_all(settings)
    if as_json:
        lines = [dataclasses.asdict(finding) for finding in found]
        print(json.dumps({"settings": listed(settings, origins), "findings": lines}))
    else:
        print(shown(settings, origins), end="\n\n")
        print(*found, sep="\n")
        print(f"\n{summary(found)}")
    return _code(found)


@click.command(
    "init",
    cls=Command,
    settings=False,
    examples=[
        "xr init",
        "xr init --systemd --domain rooms.example.org --https caddy --makers anyone --no-password",
    ],
)
@click.option("--domain", metavar="NAME", help="the name by which people find it; '' for none")
@click.option("--https", type=click.Choice(WAYS), help="by Caddy, by a certificate, or not at all")
@click.option("--certificate", metavar="FILE", type=Path, help="for --https own: the chain (PEM)")
@click.option("--key", metavar="FILE", type=Path, help="for --https own: its key (PEM)")
@click.option(
    "--redirect-port", metavar="PORT", type=PORT, help="for --https own: http to https; 80, 0: none"
)
@click.option("--makers", type=click.Choice(MAKERS), help="people who may make rooms")
@click.option("--password", metavar="-", help="read the server's password from standard input")
@click.option("--no-password", "password", flag_value="", help="ask for no password")
@click.option("--systemd", is_flag=True, help="also user, folders, unit and backup timer; as root")
@click.option("--root", metavar="DIR", type=Path, default="/", help="write below this folder")
@click.option("--config", metavar="FILE", type=Path, help="write this file; else xr.toml here")
@click.option("--replace", is_flag=True, help="keep a file that is there as FILE.before")
def init(systemd: bool, root: Path, config: Path | None, replace: bool, **given: Any) -> int:
    """Set a server up: write its settings, and look whether all is well.

    Asks what no flag says, if a terminal is there. With --systemd also makes the user xr, its
    folders, a hardened unit and a backup each night, with their owners.
    """
    if given["password"] not in (None, "", "-"):
        raise click.UsageError("--password takes only -: it is read from standard input")
    if systemd and config is not None:
        raise click.UsageError(f"with --systemd the file is {CONFIG}")
    answers = ask(given, systemd)
    root = root.resolve()
    path = below(root, CONFIG) if systemd else (config or Path("xr.toml"))
    make_room(path, replace)
    if systemd:
        command = find_command()
        install(answers, config_text(answers), root, command)
        print(f"wrote {path}, and below {root}: user, folders, unit and backup timer")
        print("\nThen type:", *next_steps(answers, command), sep="\n  ", end="\n\n")
    else:
        path.touch(0o600)  # a password's hash may be in it
        path.write_text(config_text(answers))
        print(f"wrote {path}; start with: xr serve --config {path}\n")
    settings = load_settings({}, None, path)
    found = look_at_all(moved_below(settings, root))
    print(*found, sep="\n", end=f"\n\n{summary(found)}\n")
    return _code(found)


def _code(found: Sequence[Finding]) -> int:
    return int(any(finding.grade is Grade.FAULT for finding in found))
