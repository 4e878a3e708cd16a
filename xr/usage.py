"""How commands are typed, for all of them: help with examples, numbers, the flags of settings."""

import dataclasses
import math
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

from xr.setting_sources import load_with_origins
from xr.settings import Settings

EXIT_CODES = {0: "done", 1: "refused or failed", 2: "wrong usage"}


CREATE = "make a new database if there is none"
"""The help of the flag ``--create``, without which only the server makes a database."""


SYSTEM_CONFIG = Path("/etc/xr/xr.toml")
"""The file of settings of the machine's own server, for commands that are told no other."""


class SettingFlag(click.Option):
    """A flag for a setting; the help shows them all in a section of their own."""


class _Explained(click.Command):
    """A command whose help ends with ``examples``, complete command lines, and the exit codes."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = list(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, each on its line, and the exit codes."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"  {example}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), text) for code, text in EXIT_CODES.items()])


class Group(_Explained, click.Group):
    """Commands under one word, in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)


class Command(_Explained):
    """One command. With ``settings`` it takes ``--config`` and a flag for each setting, of which
    ``read_settings`` makes settings; an option of its own goes before a setting of that name.
    """

    def __init__(self, *args: Any, settings: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings:
            own = {item.name for item in self.params}
            self.params += [flag for flag in _setting_flags() if flag.name not in own]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options, then the settings."""
        own: list[tuple[str, str]] = []
        settings: list[tuple[str, str]] = []
        for item in self.get_params(ctx):
            row = item.get_help_record(ctx)
            if row is not None and not isinstance(item, click.Argument):
                (settings if isinstance(item, SettingFlag) else own).append(row)
        with formatter.section("Options"):
            formatter.write_dl(own)
        if settings:
            with formatter.section("Settings, stronger than the environment's XR_… and the file"):
                formatter.write_dl(settings)


class Number(click.ParamType[float]):
    """A number of a kind from ``lowest`` to ``highest``; not NaN."""

    name = "number"

    def __init__(self, kind: type[float], lowest: float, highest: float) -> None:
        self._kind = kind
        self._lowest = lowest
        self._highest = highest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the number, or say what was expected."""
        try:
            number = self._kind(value)
        except ValueError:
            number = math.nan
        if not self._lowest <= number <= self._highest:
            bounds = f"a number from {self._lowest:g} to {self._highest:g}"
            self.fail(f"{bounds}, not {value!r}", param, ctx)
        return number


def read_settings() -> tuple[Settings, dict[str, str]]:
    """The settings for the command that runs, and where each was set.

    The file is that of ``--config``, else of ``XR_CONFIG`` (either empty: none), else
    ``SYSTEM_CONFIG``: so a command finds the machine's own server from every folder.

    Raises:
        SettingsError: one of them cannot be used.
    """
    flags = dict(click.get_current_context().meta.get(__name__, {}))
    config = flags.pop("config", None)
    if config is None and "XR_CONFIG" not in os.environ and SYSTEM_CONFIG.exists():
        config = SYSTEM_CONFIG
    if config == "":
        return load_with_origins({**os.environ, "XR_CONFIG": ""}, flags)
    return load_with_origins(os.environ, flags, config and Path(config))


@cache
def _setting_flags() -> list[click.Parameter]:
    flags: list[click.Parameter] = [
        SettingFlag(
            [f"--{item.name.replace('_', '-')}"],
            metavar="VALUE",
            help=item.metadata["help"],
            expose_value=False,
            callback=_keep,
        )
        for item in dataclasses.fields(Settings)
    ]
    text = f"a TOML file of settings (XR_CONFIG; else {SYSTEM_CONFIG}, if there is one)"
    return [
        SettingFlag(["--config"], metavar="FILE", help=text, expose_value=False, callback=_keep),
        *flags,
    ]


def _keep(context: click.Context, item: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.meta.setdefault(__name__, {})[item.name] = value
