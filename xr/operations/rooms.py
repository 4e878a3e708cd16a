"""Rooms: listed, made, renamed, deleted, and who has which role in them."""

import logging
import random
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase

import trio

from xr.errors import NotFound, RequestRefused
from xr.names import room_name
from xr.operations.kinds import (
    DAY,
    Answer,
    ARole,
    InRoomId,
    Kind,
    MadeBefore,
    MadeBy,
    Matching,
    Name,
    NeverEntered,
    OnOrOff,
    PerhapsRoomId,
    RoomId,
    Text,
    UserId,
    ask_room,
    minute,
    require,
    require_room,
)
from xr.roles import Role
from xr.store.furniture import KINDS, furnish
from xr.store.protocol import RoomSummary
from xr.wire.reasons import Reason
from xr.world import World

log = logging.getLogger(__name__)

CLOSING_SECONDS = 10
"""How long a deletion waits for those who are in the room to be sent away."""


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
    await require_room(world, room_id)
    return {"users": list(world.who(room_id))}


async def create_room(
    world: World,
    name: Name,
    kind: Kind | None = None,
    *,
    made_by: str | None = None,
    most: int = 0,
    listed: bool = True,
) -> Answer:
    """Make a room, which is listed, and print its id.

    Raises:
        RequestRefused: the name is not fit, there is no such kind, or there are ``most`` rooms
            already (0 is no limit).
    """
    name = room_name(name)
    if kind is not None and kind not in KINDS:
        raise RequestRefused(f"A room is of one of the kinds {', '.join(KINDS)}.")
    furniture = furnish(random.Random(), kind)
    room_id = await world.store.create_room(name, furniture, made_by, most, listed=listed)
    log.info("room.created room=%s name=%r made_by=%s", room_id, name, made_by)
    return {"id": room_id}


async def rename_room(world: World, room_id: RoomId, name: Name) -> Answer:
    """Give a room another name."""
    name = room_name(name)
    await require_room(world, room_id)
    return await ask_room(world, room_id, "set_room", name=name)


async def set_role(world: World, room_id: RoomId, user_id: UserId, role: ARole) -> Answer:
    """Give a user a role in a room, present or away; "guest" takes it."""
    await require_room(world, room_id)
    known = {user.user_id for user in await world.store.list_users()}
    require(
        user_id in known or user_id in world.who(room_id),
        "nobody with this id was ever in a room: see xr users list",
    )
    return await ask_room(world, room_id, "set_role", user_id=user_id, role=role)


async def list_roles(world: World, room_id: RoomId) -> Answer:
    """List those who are more than a guest in a room, the highest role first."""
    for room in await world.store.list_rooms():
        if room.room_id == room_id:
            ranks = list(Role)
            roles = sorted(room.roles.items(), key=lambda item: (-ranks.index(item[1]), item[0]))
            return {"roles": [{"user_id": user_id, "role": role} for user_id, role in roles]}
    raise NotFound(Reason.NO_SUCH_ROOM)


async def delete_rooms(
    world: World,
    room_id: PerhapsRoomId | None = None,
    never_entered: NeverEntered = False,
    days: MadeBefore = 0,
    made_by: MadeBy | None = None,
    matching: Matching | None = None,
    *,
    by_visitors: bool = False,
) -> Answer:
    """Delete a room and its poses, or all rooms that all of the flags fit.

    Those who are in it are sent away. The two belong together: of each room both are done also when
    the task that asks is cancelled. With ``never_entered`` no room that is open goes, and with
    ``by_visitors`` only those that a visitor made.
    """
    chosen = made_by is not None or matching is not None or (days > 0 and not never_entered)
    if (room_id is not None) + never_entered + chosen != 1:
        raise RequestRefused(
            "name one room, or say --never-entered (never_entered), which goes with --older-than "
            "alone, or say some of --made-by, --matching and --older-than"
        )
    if chosen:
        return {
            "deleted": await _delete_each(world, await find_rooms(world, days, made_by, matching))
        }
    room_ids: Sequence[str] = ()
    with trio.move_on_after(CLOSING_SECONDS, shield=True) as scope:
        if never_entered:
            room_ids = await world.store.delete_never_entered(
                days * DAY, world.present(), by_visitors=by_visitors
            )
        elif room_id is not None:
            require(await world.store.delete_room(room_id))
            room_ids = [room_id]
        if room_ids:
            log.info("rooms.deleted count=%d rooms=%s", len(room_ids), " ".join(room_ids))
        for each in room_ids:  # somebody may have come in just now
            await world.close_room(each)
    if scope.cancelled_caught:
        log.error("rooms.stuck seconds=%d rooms=%s", CLOSING_SECONDS, " ".join(room_ids))
    return {} if room_id is not None else {"deleted": len(room_ids)}


async def _delete_each(world: World, rooms: Iterable[RoomSummary]) -> int:
    """Delete these rooms, each with a deadline of its own; returns how many were still there."""
    count = 0
    for room in rooms:
        with suppress(NotFound):
            await delete_rooms(world, room.room_id)
            count += 1
    return count


async def find_rooms(
    world: World, days: float = 0, made_by: str | None = None, matching: str | None = None
) -> list[RoomSummary]:
    """The rooms made so many days ago, by this user and of such a name, the newest first.

    In ``matching`` a ``*`` is any text and a ``?`` any character; capitals make no difference.
    """
    before, pattern = time.time() - days * DAY, (matching or "*").casefold()
    return [
        room
        for room in await world.store.list_rooms()
        if room.created_at <= before
        and made_by in (None, room.made_by)
        and fnmatchcase(room.name.casefold(), pattern)
    ]


async def announce(world: World, text: Text, room_id: InRoomId | None = None) -> Answer:
    """Write a line into the chat of all open rooms, as the operator."""
    if room_id is not None:
        await require_room(world, room_id)
    rooms = [room_id] if room_id is not None else list(world.present())
    for each in rooms:
        await ask_room(world, each, "say", text=text)
    return {"rooms": len(rooms)}


async def close_room(world: World, room_id: RoomId) -> Answer:
    """Lock a room and send all out; its things and places stay. A moderator unlocks it again."""
    await require_room(world, room_id)
    await ask_room(world, room_id, "set_room", locked=True)
    await world.stop_room(room_id)
    return {}


async def set_always_spawn(world: World, room_id: RoomId, always_spawn: OnOrOff) -> Answer:
    """Let visitors spawn anew each time, or where they stood."""
    await require_room(world, room_id)
    return await ask_room(world, room_id, "set_room", always_spawn=always_spawn)


def say_rooms(answer: Answer) -> str:
    """The answer as text for people."""
    return "\n".join(
        f"{room['id']}  {room['present']:>4} present  {minute(room['created_at'])}  {room['name']}"
        for room in answer["rooms"]
    )


def say_roles(answer: Answer) -> str:
    """The answer as text for people."""
    return "\n".join(f"{each['user_id']}  {each['role']}" for each in answer["roles"])


def say_deleted(answer: Answer) -> str:
    """The answer as text for people."""
    return f"rooms deleted: {answer['deleted']}" if "deleted" in answer else "deleted"
