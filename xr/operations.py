"""One table of what an operator can do to rooms, users and poses.

The command line is made of it (``xr.commands``), ``/admin`` obeys it, and the pages on which
people make, rename and delete rooms call the same functions. An operation is done by the server
that has the database, or to the store alone where none runs.
"""

import inspect
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, get_type_hints

import msgspec
import trio
from msgspec import Meta

from xr.errors import NotFound, RequestRefused
from xr.names import room_name
from xr.store.furniture import furnish
from xr.wire.reasons import Reason
from xr.world import World

log = logging.getLogger(__name__)

CLOSING_SECONDS = 10
"""How long a deletion waits for those who are in the room to be sent away."""

_DAY = 86_400
_ROOM = "the room's id, as in its address"
_DAYS = {"ge": 0, "le": 36_500}
_ID = {"max_length": 100}  # as in the database's own checks

# The title is how it is typed: ROOM or [ROOM] at its place, --room ROOM as a flag.
RoomId = Annotated[str, Meta(title="ROOM", description=_ROOM, **_ID)]
PerhapsRoomId = Annotated[str, Meta(title="[ROOM]", description=_ROOM, **_ID)]
InRoomId = Annotated[str, Meta(title="--room ROOM", description="only in this room", **_ID)]
UserId = Annotated[str, Meta(title="USER", description="the user's id", **_ID)]
Name = Annotated[str, Meta(title="NAME", description="the name that is shown")]
OnOrOff = Annotated[bool, Meta(title="on|off", description="whether visitors always spawn anew")]
NeverEntered = Annotated[
    bool, Meta(title="--never-entered", description="all rooms that nobody ever entered")
]
MadeBefore = Annotated[
    float,
    Meta(title="--older-than DAYS", description="of those only rooms made so long ago", **_DAYS),
]
Unchanged = Annotated[
    float, Meta(title="--days DAYS", description="how long unchanged, in days", **_DAYS)
]

Answer = Mapping[str, Any]
"""The result of an operation, fit for JSON."""


@dataclass(frozen=True)
class Operation:
    """Something that an operator can do.

    ``perform`` takes the world and the arguments, which stand before a ``*`` in its signature; its
    docstring is the help. ``said`` makes a text of its answer. ``begins`` where it may begin a new
    database, ``needs_server`` where it means nothing without one.
    """

    typed: str
    perform: Callable[..., Awaitable[Answer]]
    said: str | Callable[[Answer], str]
    example: str = ""
    begins: bool = False
    needs_server: bool = False

    @cached_property
    def arguments(self) -> type[msgspec.Struct]:
        """The arguments as a struct, which refuses others and those out of bounds."""
        hints = get_type_hints(self.perform, include_extras=True)
        taken = [
            (item.name, hints[item.name], *([item.default] * (item.default is not item.empty)))
            for item in list(inspect.signature(self.perform).parameters.values())[1:]
            if item.kind is not item.KEYWORD_ONLY
        ]
        return msgspec.defstruct("Arguments", taken, frozen=True, forbid_unknown_fields=True)

    def say(self, answer: Answer) -> str:
        """The answer as text for people."""
        return self.said.format_map(answer) if isinstance(self.said, str) else self.said(answer)


async def list_rooms(world: World) -> Answer:
    """List all rooms, the newest first."""
    present = world.present()
    return {
        "rooms": [
            {
                "id": room.room_id,
                "name": room.name,
                "created_at": room.created_at,
                "present": present.get(room.room_id, 0),
            }
            for room in await world.store.list_rooms()
        ]
    }


async def list_present(world: World, room_id: RoomId) -> Answer:
    """List the users who are in a room, in the order of arrival."""
    await _require_room(world, room_id)
    return {"users": list(world.who(room_id))}


async def create_room(
    world: World, name: Name, *, made_by: str | None = None, most: int = 0
) -> Answer:
    """Make a room and print its id.

    Raises:
        RequestRefused: the name is not fit, or there are ``most`` rooms already (0 is no limit).
    """
    name = room_name(name)
    room_id = await world.store.create_room(name, furnish(random.Random()), made_by, most)
    log.info("room.created room=%s name=%r made_by=%s", room_id, name, made_by)
    return {"id": room_id}


async def rename_room(world: World, room_id: RoomId, name: Name) -> Answer:
    """Give a room another name."""
    name = room_name(name)
    _require(await world.store.rename_room(room_id, name))
    log.info("room.renamed room=%s name=%r", room_id, name)
    return {}


async def give_room(world: World, room_id: RoomId, user_id: UserId) -> Answer:
    """Give a room to a user, who may then rename and delete it."""
    await _require_room(world, room_id)
    given = await world.store.give_room(room_id, user_id)
    _require(given, "nobody with this id was ever in a room: see xr users list")
    log.info("room.given room=%s user=%s", room_id, user_id)
    return {}


async def delete_rooms(
    world: World,
    room_id: PerhapsRoomId | None = None,
    never_entered: NeverEntered = False,
    days: MadeBefore = 0,
    *,
    by_visitors: bool = False,
) -> Answer:
    """Delete a room and its poses, or all rooms never entered.

    Those who are in it are sent away. The two belong together: they are done also when the task
    that asks is cancelled. With ``never_entered`` no room that is open goes, and with
    ``by_visitors`` only those that a visitor made.
    """
    if (room_id is None) != never_entered:
        raise RequestRefused("name one room, or say --never-entered (never_entered)")
    if days and room_id is not None:
        raise RequestRefused("--older-than goes with --never-entered, not with one room")
    room_ids: Sequence[str] = ()
    with trio.move_on_after(CLOSING_SECONDS, shield=True) as scope:
        if room_id is not None:
            _require(await world.store.delete_room(room_id))
            room_ids = [room_id]
        else:
            room_ids = await world.store.delete_never_entered(
                days * _DAY, world.present(), by_visitors=by_visitors
            )
        if room_ids:
            log.info("rooms.deleted count=%d rooms=%s", len(room_ids), " ".join(room_ids))
        for each in room_ids:  # somebody may have come in just now
            await world.close_room(each)
    if scope.cancelled_caught:
        log.error("rooms.stuck seconds=%d rooms=%s", CLOSING_SECONDS, " ".join(room_ids))
    return {} if room_id is not None else {"deleted": len(room_ids)}


async def set_always_spawn(world: World, room_id: RoomId, always_spawn: OnOrOff) -> Answer:
    """Let visitors spawn anew each time, or where they stood."""
    _require(await world.store.set_always_spawn(room_id, always_spawn))
    world.always_spawn(room_id, always_spawn)
    return {}


async def list_users(world: World, room_id: PerhapsRoomId | None = None) -> Answer:
    """List users, the last seen first, and the rooms they are in now."""
    if room_id is not None:
        await _require_room(world, room_id)
    rooms: dict[str, list[str]] = {}
    for open_room in world.present():
        for user_id in world.who(open_room):
            rooms.setdefault(user_id, []).append(open_room)
    last_seen = {user.user_id: user.last_seen for user in await world.store.list_users(room_id)}
    # Newcomers are not in the store before the next flush.
    new = [user_id for user_id, within in rooms.items() if room_id is None or room_id in within]
    return {
        "users": [
            {"id": user_id, "last_seen": last_seen.get(user_id), "in": rooms.get(user_id, [])}
            for user_id in dict.fromkeys([*new, *last_seen])
        ]
    }


async def forget_user(world: World, user_id: UserId, room_id: InRoomId | None = None) -> Answer:
    """Forget where a user stood; without a room, the whole user."""
    return {"forgotten": await world.forget(user_id, room_id)}


async def kick_user(world: World, user_id: UserId, room_id: InRoomId | None = None) -> Answer:
    """Close a user's connections. Their pages do not come back by themselves."""
    kicked = world.kick(user_id, room_id)
    _require(kicked > 0, "nobody with this id is connected there: see xr users list")
    return {"kicked": kicked}


async def forget_poses(world: World, days: Unchanged) -> Answer:
    """Forget poses that did not change for long. Users without a pose or a room go with them."""
    return {"forgotten": await world.store.forget_older_than(days * _DAY)}


def _say_rooms(answer: Answer) -> str:
    return "\n".join(
        f"{room['id']}  {room['present']:>4} present  {_minute(room['created_at'])}  {room['name']}"
        for room in answer["rooms"]
    )


def _say_users(answer: Answer) -> str:
    return "\n".join(
        f"{user['id']}  {_minute(user['last_seen']):<16}  {' '.join(user['in'])}".rstrip()
        for user in answer["users"]
    )


def _say_deleted(answer: Answer) -> str:
    return f"rooms deleted: {answer['deleted']}" if "deleted" in answer else "deleted"


def _minute(moment: float | None) -> str:
    return "now" if moment is None else f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M}"


async def _require_room(world: World, room_id: str) -> None:
    _require(any(room.room_id == room_id for room in await world.store.list_rooms()))


def _require(found: bool, otherwise: str = Reason.NO_SUCH_ROOM) -> None:
    if not found:
        raise NotFound(otherwise)


OPERATIONS: Mapping[str, Operation] = {
    operation.typed.replace(" ", "-"): operation
    for operation in (
        Operation("rooms list", list_rooms, _say_rooms),
        Operation(
            "rooms who",
            list_present,
            lambda answer: "\n".join(answer["users"]),
            "k3v9x2mq",
            needs_server=True,
        ),
        Operation("rooms create", create_room, "{id}", "'Tea house'", begins=True),
        Operation("rooms rename", rename_room, "renamed", "k3v9x2mq 'Coffee house'"),
        Operation("rooms give", give_room, "given", "k3v9x2mq abcdefgh23456789"),
        Operation("rooms delete", delete_rooms, _say_deleted, "--never-entered --older-than 7"),
        Operation("rooms always-spawn", set_always_spawn, "changed", "k3v9x2mq on"),
        Operation("users list", list_users, _say_users, "k3v9x2mq"),
        Operation(
            "users forget",
            forget_user,
            "poses forgotten: {forgotten}",
            "abcdefgh23456789 --room k3v9x2mq",
        ),
        Operation(
            "users kick",
            kick_user,
            "connections closed: {kicked}",
            "abcdefgh23456789",
            needs_server=True,
        ),
        Operation("poses forget", forget_poses, "poses forgotten: {forgotten}", "--days 365"),
    )
}
"""Every operation by its name below ``/admin/``."""
