"""The operator's commands: asked of the running server, or done here when none runs.

A server that runs holds the lock of its database; its lock file says where it answers.
"""

import argparse
import json
import random
import ssl
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import trio

from xr.errors import StoreError
from xr.pages.identity import Identity
from xr.settings import Settings
from xr.store.furniture import furnish
from xr.store.lock import acquire, holder
from xr.store.protocol import Store
from xr.store.secret import load_secret
from xr.store.sqlite import open_store

Answer = Mapping[str, Any]

_PATIENCE = 30.0  # seconds; a deleted room takes up to ten to send everybody away
_DAY = 86_400
_MOST_DAYS = 36_500


class AdminClient:
    """Asks a running server on this machine, with a token that its secret signs."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._identity = Identity(secret)

    def ask(self, command: str, arguments: Mapping[str, Any]) -> Answer:
        """Have the server do ``command``; blocks for up to half a minute.

        Raises:
            StoreError: the server cannot be reached, or refuses; the message says why.
        """
        request = urllib.request.Request(
            f"{self._url}/admin/{command}",
            data=json.dumps(arguments).encode(),
            headers={
                "Authorization": f"Bearer {self._identity.sign_admin()}",
                "Content-Type": "application/json",
            },
        )
        try:
            with _opener().open(request, timeout=_PATIENCE) as response:
                return _read_answer(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise StoreError(_refusal(error.code, error.read())) from error
        except OSError as error:  # URLError is one
            raise StoreError(f"the server at {self._url} does not answer: {error}") from error


def _opener() -> urllib.request.OpenerDirector:
    """No proxy, for the server takes commands from this machine only.

    No certificate is checked: it is for the public name, and the address is this machine's.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )


def _refusal(code: int, body: bytes) -> str:
    reason = _read_answer(body).get("error", "no reason given")
    if code == 403:
        reason += " Has this command the same settings, such as XR_SECRET_KEY, as the server?"
    return f"the server refused: {reason}"


def _read_answer(body: bytes) -> Answer:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise StoreError("the server answered with something that is no answer")
    return answer


async def perform(command: str, arguments: Mapping[str, Any], settings: Settings) -> Answer:
    """Do a command where it belongs: in the server that holds the database, else in the database.

    Raises:
        StoreError: it cannot be done; the message says why.
    """
    found = holder(settings.database)
    if found is not None:
        if found.url is None:
            raise StoreError(f"database {settings.database} is in use by {found}: try again soon")
        client = AdminClient(found.url, load_secret(settings))
        return await trio.to_thread.run_sync(client.ask, command, arguments, abandon_on_cancel=True)
    if command == "users-kick":
        raise StoreError("no server runs on this database, so nobody is connected")
    if command != "rooms-create" and not settings.database.exists():
        raise StoreError(f"there is no database {settings.database}")
    with acquire(settings.database):
        async with open_store(settings.database, settings.synchronous) as store:
            return await _DIRECT[command](store, **arguments)


async def _list(store: Store) -> Answer:
    rooms = await store.list_rooms()
    return {
        "rooms": [
            {"id": room.room_id, "name": room.name, "created_at": room.created_at, "present": 0}
            for room in rooms
        ]
    }


async def _create(store: Store, name: str) -> Answer:
    return {"id": await store.create_room(_checked(name), furnish(random.Random()))}


async def _rename(store: Store, room_id: str, name: str) -> Answer:
    return _found(await store.rename_room(room_id, _checked(name)))


async def _delete(
    store: Store, room_id: str | None = None, never_entered: bool = False, days: float = 0
) -> Answer:
    if never_entered:
        return {"deleted": len(await store.delete_never_entered(days * _DAY))}
    return _found(await store.delete_room(room_id or ""))


async def _always_spawn(store: Store, room_id: str, always_spawn: bool) -> Answer:
    return _found(await store.set_always_spawn(room_id, always_spawn))


async def _forget_user(store: Store, user_id: str, room_id: str | None = None) -> Answer:
    return {"forgotten": await store.forget_poses(user_id, room_id)}


async def _forget_old(store: Store, days: float) -> Answer:
    return {"forgotten": await store.forget_older_than(days * _DAY)}


_DIRECT: Mapping[str, Callable[..., Awaitable[Answer]]] = {
    "rooms-list": _list,
    "rooms-create": _create,
    "rooms-rename": _rename,
    "rooms-delete": _delete,
    "rooms-always-spawn": _always_spawn,
    "users-forget": _forget_user,
    "poses-forget": _forget_old,
}


def _checked(name: str) -> str:
    from xr.pages.upkeep import room_name  # brings Quart along, which other commands do without

    try:
        return room_name(name)
    except ValueError as error:
        raise StoreError(str(error)) from error


def _found(found: bool) -> Answer:
    if not found:
        raise StoreError("no such room")
    return {}


# The command line.


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
    print(command.say(trio.run(perform, command.name, arguments, read(options))))
    return 0


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
    _Command("rooms-create", "make a room and print its id", (_NAME,), lambda answer: answer["id"]),
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
