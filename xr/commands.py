"""The commands about rooms, users and poses; ``xr.admin`` does them, and is loaded on demand."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from xr.errors import StoreError
from xr.settings import Settings

Answer = Mapping[str, Any]

_MOST_DAYS = 36_500


@dataclass(frozen=True)
class _Command:
    """One command: its arguments go to the server under their ``dest``, and ``say`` answers.

    ``check`` raises ``StoreError`` for arguments that do not go together.
    """

    name: str
    text: str
    arguments: tuple[Callable[[argparse.ArgumentParser], argparse.Action], ...]
    say: Callable[[Answer], str]
    check: Callable[[Answer], None] = lambda _: None


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    add_settings: Callable[[argparse.ArgumentParser], None],
    read: Callable[[argparse.Namespace], Settings],
) -> None:
    """Mount ``rooms``, ``users`` and ``poses`` on the command line.

    ``add_settings`` gives a parser the flags that every command has; ``read`` makes settings of
    the options. Each command sets ``command``, which takes the options and returns the exit code.
    """
    groups = {
        name: commands.add_parser(name, help=text, description=text).add_subparsers(
            required=True, metavar="COMMAND"
        )
        for name, text in (
            ("rooms", "list, make and change rooms"),
            ("users", "forget or kick a user"),
            ("poses", "forget old poses"),
        )
    }
    for command in _COMMANDS:
        group, _, verb = command.name.partition("-")
        sub = groups[group].add_parser(verb, help=command.text, description=command.text)
        taken = [add(sub).dest for add in command.arguments]
        sub.set_defaults(command=partial(_run, command, taken, read))
        add_settings(sub)


def _run(
    command: _Command,
    taken: list[str],
    read: Callable[[argparse.Namespace], Settings],
    options: argparse.Namespace,
) -> int:
    given = {name: getattr(options, name) for name in taken}
    arguments = {name: value for name, value in given.items() if value is not None}
    command.check(arguments)
    import trio

    from xr.admin import perform

    create = arguments.pop("create", False)
    print(command.say(trio.run(perform, command.name, arguments, read(options), create)))
    return 0


def add_create(sub: argparse.ArgumentParser) -> argparse.Action:
    """Give a command the flag without which only the server makes a database."""
    return sub.add_argument(
        "--create", action="store_true", help="make a new database if there is none"
    )


def _argument(*flags: str, **options: Any) -> Callable[[argparse.ArgumentParser], argparse.Action]:
    return lambda sub: sub.add_argument(*flags, **options)


def _on_or_off(text: str) -> bool:
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"on or off, not {text!r}")
    return text == "on"


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= _MOST_DAYS:  # nor is NaN
        raise argparse.ArgumentTypeError(f"a number from 0 to {_MOST_DAYS}, not {text!r}")
    return days


def _check_deletion(arguments: Answer) -> None:
    if ("room_id" in arguments) == ("never_entered" in arguments):
        raise StoreError("name one room, or say --never-entered")
    if "days" in arguments and "room_id" in arguments:
        raise StoreError("--older-than goes with --never-entered, not with one room")


def _say_rooms(answer: Answer) -> str:
    return "\n".join(
        f"{room['id']}  {room['present']:>4} present  "
        f"{datetime.fromtimestamp(room['created_at']):%Y-%m-%d %H:%M}  {room['name']}"
        for room in answer["rooms"]
    )


def _say_deleted(answer: Answer) -> str:
    return f"rooms deleted: {answer['deleted']}" if "deleted" in answer else "deleted"


def _say_forgotten(answer: Answer) -> str:
    return f"poses forgotten: {answer['forgotten']}"


_ROOM = _argument("room_id", metavar="ROOM", help="the room's id, as in its address")
_PERHAPS_ROOM = _argument(
    "room_id", metavar="ROOM", nargs="?", help="the room's id, as in its address"
)
_NEVER_ENTERED = _argument(
    "--never-entered",
    action="store_true",
    default=None,
    help="instead of one room, all that nobody ever entered",
)
_OLDER_THAN = _argument(
    "--older-than",
    dest="days",
    metavar="DAYS",
    type=_days,
    help="of those only the ones that were made so many days ago or earlier",
)
_NAME = _argument("name", metavar="NAME", help="the name that is shown")
_USER = _argument("user_id", metavar="USER", help="the user's id")
_IN_ROOM = _argument("--room", dest="room_id", metavar="ROOM", help="only in this room")
_SPAWN = _argument("always_spawn", metavar="on|off", type=_on_or_off, help="whether they do")
_AGE = _argument("--days", type=_days, required=True, help="how long unchanged, in days")

_COMMANDS = (
    _Command("rooms-list", "list all rooms, the newest first", (), _say_rooms),
    _Command(
        "rooms-create",
        "make a room and print its id",
        (_NAME, add_create),
        lambda answer: answer["id"],
    ),
    _Command("rooms-rename", "give a room another name", (_ROOM, _NAME), lambda _: "renamed"),
    _Command(
        "rooms-delete",
        "delete a room, its poses and all, or every room that nobody ever entered",
        (_PERHAPS_ROOM, _NEVER_ENTERED, _OLDER_THAN),
        _say_deleted,
        _check_deletion,
    ),
    _Command(
        "rooms-always-spawn",
        "say whether all visitors spawn anew, or stand where they stood",
        (_ROOM, _SPAWN),
        lambda _: "changed",
    ),
    _Command("users-forget", "forget where a user stood", (_USER, _IN_ROOM), _say_forgotten),
    _Command(
        "users-kick",
        "close a user's connections for good",
        (_USER, _IN_ROOM),
        lambda answer: f"connections closed: {answer['kicked']}",
    ),
    _Command("poses-forget", "forget poses that did not change for long", (_AGE,), _say_forgotten),
)
