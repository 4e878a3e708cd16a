"""The commands that help to host a server."""

import dataclasses
import json

import click

from xr.hosting.check import check as look_at_all
from xr.hosting.check import summary
from xr.hosting.findings import Grade
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
        print(json.dumps({"settings": settings.listed(origins), "findings": lines}))
    else:
        print(settings.shown(origins), end="\n\n")
        print(*found, sep="\n")
        print(f"\n{summary(found)}")
    return int(any(finding.grade is Grade.FAULT for finding in found))
