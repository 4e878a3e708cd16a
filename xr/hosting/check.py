"""``xr check``: whether all is well where a server runs, or will run."""

import os
from collections.abc import Callable, Sequence

from xr.hosting.clock import look_at_clock
from xr.hosting.files import (
    look_at_database,
    look_at_disk,
    look_at_folder,
    look_at_key,
    look_at_owner,
)
from xr.hosting.findings import Finding, Findings, Grade, warning
from xr.hosting.reach import (
    look_at_certificate,
    look_at_port,
    look_at_proxy,
    look_at_public_url,
)
from xr.setting_sources import unknown_names
from xr.settings import Settings

LOOKS: Sequence[Callable[[Settings], Findings]] = (
    look_at_folder,
    look_at_owner,
    look_at_disk,
    look_at_clock,
    look_at_key,
    look_at_database,
    look_at_certificate,
    look_at_proxy,
    look_at_public_url,
    look_at_port,  # last: the server then knows how the look at the public URL reached it
)


def check(settings: Settings) -> list[Finding]:
    """All findings. Blocks for up to 15 s, where nothing answers.

    Raises:
        StoreError: the lock of the database cannot be read.
    """
    found = [
        warning("settings", f"there is no setting {name}: nothing reads it")
        for name in unknown_names(os.environ)
    ]
    for look in LOOKS:
        found += look(settings)
    return found


def summary(found: Sequence[Finding]) -> str:
    """A last line that counts."""
    faults, warnings = (
        sum(finding.grade is grade for finding in found) for grade in (Grade.FAULT, Grade.WARNING)
    )
    if not faults and not warnings:
        return "all is well"
    return f"{_counted(faults, 'fault')}, {_counted(warnings, 'warning')}"


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
