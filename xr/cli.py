"""The command line: ``xr serve`` and what an operator needs beside it."""

import argparse
import dataclasses
import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from xr import __version__, commands
from xr.bots import command as bots
from xr.errors import SettingsError, XrError
from xr.logs.form import is_journal
from xr.logs.writer import say
from xr.settings import Settings, load_with_origins, unknown_names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit code."""
    _replace_what_cannot_be_shown()
    try:
        typed = decoded(sys.argv[1:] if arguments is None else arguments)
        code = _run(parser().parse_args(typed))
        sys.stdout.flush()
    except BrokenPipeError:  # head has read enough; nothing more can be shown to anybody
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + signal.SIGPIPE
    except (XrError, OSError) as error:
        return _sorry(error)
    return code


def decoded(arguments: Sequence[str]) -> list[str]:
    """The arguments as UTF-8, also where the locale is one of ASCII only.

    Raises:
        SettingsError: one of them is no text.
    """
    try:
        return [os.fsencode(text).decode() for text in arguments]
    except UnicodeError as error:
        raise SettingsError(
            "an argument is not text in UTF-8: set the locale, such as LC_ALL=C.UTF-8"
        ) from error


def _replace_what_cannot_be_shown() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _run(options: argparse.Namespace) -> int:
    logging.basicConfig(  # of what goes well a command tells on standard output
        level=logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        code: int = options.command(options)
    except BaseExceptionGroup as group:  # from a nursery
        expected, rest = group.split((XrError, OSError))
        if rest is not None or expected is None:
            raise
        return _sorry(expected)
    return code


def _sorry(error: BaseException) -> int:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    say(f"xr: {error}")
    return 1


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(prog="xr", description="WebXR rooms that you host yourself.")
    top.add_argument("--version", action="version", version=f"xr {__version__}")
    mounted = top.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (
        ("serve", _serve, "serve rooms until SIGTERM"),
        ("settings", _settings, "show the settings as they are put together, without secrets"),
        ("migrate", _migrate, "bring the database up to date"),
        ("backup", _backup, "copy the database, also while a server runs"),
    ):
        sub = mounted.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        _add_settings(sub)
        if name == "migrate":
            commands.add_create(sub)
        if name == "backup":
            sub.add_argument("destination", type=Path, help="the file to write")
    commands.add_commands(mounted, _add_settings, _read)
    bots.add_command(mounted)
    return top


def _add_settings(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--config", type=Path, help="a TOML file of settings (XR_CONFIG)")
    group = sub.add_argument_group("settings", "stronger than the environment's XR_… and the file")
    for item in dataclasses.fields(Settings):
        group.add_argument(f"--{item.name.replace('_', '-')}", help=item.metadata["help"])


def _read(options: argparse.Namespace) -> Settings:
    return _read_with_origins(options)[0]


def _read_with_origins(options: argparse.Namespace) -> tuple[Settings, dict[str, str]]:
    flags = {item.name: getattr(options, item.name, None) for item in dataclasses.fields(Settings)}
    return load_with_origins(os.environ, flags, options.config)


def _serve(options: argparse.Namespace) -> int:
    import trio

    from xr.logs.writer import logging_to
    from xr.standalone import serve

    settings = _read(options)
    with logging_to(sys.stderr.fileno(), settings.log):
        trio.run(partial(serve, settings, _started))
    return 0


def _started(urls: Sequence[str]) -> None:
    # What is there now stays to the end. A full collection that looks at it all holds everybody up
    # for 55 ms; one that does not, for 8 (benchmarks/README.md).
    gc.collect()
    gc.freeze()
    if is_journal(1):  # which has the line of the log
        return
    with suppress(OSError):  # nobody is there to read it; that ends no server
        for url in urls:
            print(f"xr serves {url}", flush=True)


def _settings(options: argparse.Namespace) -> int:
    settings, origins = _read_with_origins(options)
    print(settings.shown(origins))
    for name in unknown_names(os.environ):
        print(f"xr: there is no setting {name}", file=sys.stderr)
    return 0


def _migrate(options: argparse.Namespace) -> int:
    from xr.store.ownership import refuse_to_create
    from xr.store.sqlite import migrate

    settings = _read(options)
    refuse_to_create(settings.database, options.create)
    applied = migrate(settings.database)
    for name in applied:
        print(f"applied {name}")
    print(f"{settings.database} is up to date")
    return 0


def _backup(options: argparse.Namespace) -> int:
    from xr.store.secret import copy_secret
    from xr.store.sqlite import backup

    settings = _read(options)
    backup(settings.database, options.destination)
    print(f"copied to {options.destination}")
    key = copy_secret(settings, options.destination)
    if key is not None:
        print(f"copied the key to {key}: keep both, and keep it secret")
    elif settings.secret_key is not None:
        print("the key is a setting (XR_SECRET_KEY): keep it with the copy")
    return 0
