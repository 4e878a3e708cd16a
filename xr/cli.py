"""The command line: ``xr serve`` and what an operator needs beside it."""

import faulthandler
import gc
import io
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import click

from xr import __version__
from xr.errors import SettingsError, XrError, first_of
from xr.logs.form import is_journal
from xr.logs.writer import say
from xr.setting_sources import listed, shown, unknown_names
from xr.settings import Settings
from xr.usage import CREATE, Command, Group, read_settings

_WIDTH = 100  # columns of a help text, where the terminal has as many


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit code."""
    _replace_what_cannot_be_shown()
    try:
        typed = decoded(sys.argv[1:] if arguments is None else arguments)
        code = _run(typed)
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


def _run(typed: list[str]) -> int:
    logging.basicConfig(  # of what goes well a command tells on standard output
        level=logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:  # not click's main, which ends the process where a pipe is closed
        with commands.make_context("xr", typed, max_content_width=_WIDTH) as context:
            code: int = commands.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BaseExceptionGroup as group:  # from a nursery
        expected, rest = group.split((XrError, OSError))
        if rest is not None or expected is None:
            raise
        return _sorry(expected)
    return code


def _sorry(error: BaseException) -> int:
    say(f"xr: {first_of(error)}")
    return 1


class _Commands(Group):
    """The commands; those of ``_LAZY`` are made when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands, *_LAZY]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        make = _LAZY.get(cmd_name)
        return make() if make is not None else super().get_command(ctx, cmd_name)


def _group(noun: str, text: str) -> click.Command:
    from xr.commands import group

    return group(noun, text)


def _admin_link() -> click.Command:
    from xr.commands import admin_link

    return admin_link()


def _bots() -> click.Command:
    from xr.bots.command import bots

    return bots


def _hosting(name: str) -> click.Command:
    from xr.hosting import commands

    return {"check": commands.check, "init": commands.init}[name]


_LAZY: Mapping[str, Callable[[], click.Command]] = {
    "init": partial(_hosting, "init"),
    "check": partial(_hosting, "check"),
    "rooms": partial(_group, "rooms", "List, make and change rooms."),
    "users": partial(_group, "users", "List, forget or kick users."),
    "poses": partial(_group, "poses", "Forget old poses."),
    "bots": _bots,
    "admin-link": _admin_link,
}

commands = _Commands(
    "xr",
    help="WebXR rooms that you host yourself.",
    examples=["xr serve", "xr rooms create 'Tea house'", "xr rooms delete --help"],
)
"""All commands, as click has them."""
click.version_option(__version__, message="xr %(version)s")(commands)
_command = partial(commands.command, cls=Command)


@_command(
    examples=[
        "xr serve",
        "xr serve --port 8080 --database /var/lib/xr/xr.db",
        "xr serve --dev-cert",
    ]
)
@click.option(
    "--dev-cert",
    is_flag=True,
    help="https with a certificate of this machine's own, for a headset in the same network",
)
def serve(dev_cert: bool) -> int:
    """Serve rooms until SIGTERM."""
    import trio

    from xr.logs.writer import logging_to
    from xr.server import warn_if_unnamed
    from xr.standalone import serve

    settings, origins = read_settings()
    told = _served
    faulthandler.enable()  # systemd's watchdog sends SIGABRT: the log then has the lines that hang
    with logging_to(sys.stderr.fileno(), settings.log):
        if dev_cert:
            from xr.hosting.dev_certificate import invitation, prepare

            settings = prepare(settings, origins)
            told = partial(invitation, settings)  # by literal addresses
        else:
            warn_if_unnamed(settings)
        trio.run(partial(serve, settings, partial(_started, told)))
    return 0


def _served(urls: Sequence[str]) -> str:
    return "\n".join(f"xr serves {url}" for url in urls)


def _started(told: Callable[[Sequence[str]], str], urls: Sequence[str]) -> None:
    # The objects of this moment stay to the end. A full collection that looks at them all stops the
    # server for 55 ms; one that does not, for 8 (benchmarks/README.md).
    gc.collect()
    gc.freeze()
    if is_journal(1):  # which has the line of the log
        return
    with suppress(OSError):  # nobody is there to read it; that ends no server
        print(told(urls), flush=True)


@_command(examples=["xr settings", "xr settings --config /etc/xr.toml"])
@click.option("--json", "as_json", is_flag=True, help="answer in JSON")
def settings(as_json: bool) -> int:
    """Show the settings as they are put together, without secrets."""
    found, origins = read_settings()
    print(json.dumps(listed(found, origins)) if as_json else shown(found, origins))
    for name in unknown_names(os.environ):
        print(f"xr: there is no setting {name}", file=sys.stderr)
    return 0


@_command(examples=["xr migrate --database /var/lib/xr/xr.db"])
@click.option("--create", is_flag=True, help=CREATE)
def migrate(create: bool) -> int:
    """Bring the database up to date."""
    from xr.store.ownership import refuse_to_create
    from xr.store.sqlite import migrate

    settings, _ = read_settings()
    refuse_to_create(settings.database, create)
    applied = migrate(settings.database)
    for name in applied:
        print(f"applied {name}")
    print(f"{settings.database} is up to date")
    return 0


@_command(examples=["xr backup /backup --keep 14", "xr backup /backup/xr.db"])
@click.argument("destination", metavar="DESTINATION", type=Path, help="a folder, or a new file")
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(1, 100_000),
    help="in a folder: delete all archives but the newest N",
)
def backup(destination: Path, keep: int | None) -> int:
    """Copy the database and its key, also while a server runs.

    Into a folder: as one archive, which xr restore takes. To a file: the database, and the key
    beside it.
    """
    settings, _ = read_settings()
    if destination.is_dir():
        from xr.store.archive import keep as keep_archive

        print(f"copied to {keep_archive(settings, destination, keep or 0)}: keep it secret")
    elif keep is not None:
        raise click.UsageError(f"--keep needs a folder, and {destination} is none")
    else:
        _copy_to_file(settings, destination)
    if settings.secret_key is not None:
        print("the key is a setting (XR_SECRET_KEY): keep it with the copy")
    return 0


def _copy_to_file(settings: Settings, destination: Path) -> None:
    from xr.store.copying import backup
    from xr.store.secret import copy_secret

    backup(settings.database, destination)
    print(f"copied to {destination}")
    key = copy_secret(settings, destination)
    if key is not None:
        print(f"copied the key to {key}: keep both, and keep it secret")


@_command(examples=["xr restore /backup/xr-20261128-041500.tar", "xr restore OLD.tar --replace"])
@click.argument("archive", metavar="FILE", type=Path, help="an archive of xr backup, or a copy")
@click.option("--replace", is_flag=True, help="move a database that is there aside")
def restore(archive: Path, replace: bool) -> int:
    """Make the database and its key from a backup, while no server runs."""
    from xr.store.archive import restore

    settings, _ = read_settings()
    moved = restore(settings, archive, replace=replace)
    if moved is not None:
        print(f"the database that was there is now {moved}")
    print(f"restored {settings.database} from {archive}")
    return 0
