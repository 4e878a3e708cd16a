"""Moderation of a room by its operator: kicks, bans, mutes, and the record of such acts."""

import time

from xr.errors import NotFound
from xr.operations.kinds import (
    Answer,
    Hours,
    InOneRoom,
    InRoomId,
    KickMinutes,
    Muted,
    RoomId,
    UserAlone,
    UserId,
    ask_room,
    minute,
    require,
    require_room,
    stored_room,
)
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused
from xr.world import World

GOOD = 0.0
"""Hours of a ban that lasts until it is lifted."""


async def kick_user(
    world: World, user_id: UserId, room_id: InRoomId | None = None, minutes: KickMinutes = 10
) -> Answer:
    """Close a user's connections, and keep them out of these rooms for some minutes.

    An owner is sent away all the same, and may come back at once.
    """
    rooms = [room_id] if room_id else _rooms_of(world, user_id)
    kicked = world.kick(user_id, room_id)
    require(kicked > 0, "nobody with this id is connected there: see xr users list")
    for each in rooms:
        try:
            await world.ask(each, "kick", {"user_id": user_id, "minutes": minutes})
        except Refused as refusal:
            if refusal.reason is not Reason.NOT_ALLOWED:
                raise NotFound(refusal.detail or refusal.reason) from refusal
    return {"kicked": kicked}


def _rooms_of(world: World, user_id: str) -> list[str]:
    return [room_id for room_id in world.present() if user_id in world.who(room_id)]


async def ban_user(
    world: World,
    user_id: UserId,
    room_id: InOneRoom,
    hours: Hours = GOOD,
    user_alone: UserAlone = False,
) -> Answer:
    """Send a user out of a room and keep them out, also one who is away. They lose their role."""
    await require_room(world, room_id)
    return await ask_room(
        world,
        room_id,
        "ban",
        user_id=user_id,
        hours=hours if hours != GOOD else None,
        address=not user_alone,
    )


async def unban_user(world: World, user_id: UserId, room_id: InOneRoom) -> Answer:
    """Let a user into a room again who was kicked or banned."""
    await require_room(world, room_id)
    return await ask_room(world, room_id, "unban", user_id=user_id)


async def mute_user(world: World, user_id: UserId, muted: Muted, room_id: InOneRoom) -> Answer:
    """Take chat and voice from a user in a room, or give them back."""
    await require_room(world, room_id)
    return await ask_room(world, room_id, "mute", user_id=user_id, muted=muted)


async def list_bans(world: World, room_id: RoomId) -> Answer:
    """List those who are kept out of a room, and those who are muted in it."""
    record = await stored_room(world, room_id)
    now = time.time()
    bans = [
        {
            "user_id": user_id,
            "reason": standing.bar.why,
            "until": standing.bar.until,
            "addresses": len(standing.bar.addresses) if standing.bar.holds_addresses(now) else 0,
        }
        for user_id, standing in sorted(record.standings.items())
        if standing.bar is not None and standing.is_barred(now)
    ]
    muted = sorted(user_id for user_id, each in record.standings.items() if each.muted)
    return {"bans": bans, "muted": muted}


async def list_acts(world: World, room_id: RoomId) -> Answer:
    """List the acts of moderation in a room that are kept, the newest first."""
    await require_room(world, room_id)
    acts = await world.store.list_acts(room_id)
    names = ("at", "by", "act", "user_id", "detail")
    return {"acts": [{name: getattr(act, name) for name in names} for act in acts]}


def say_bans(answer: Answer) -> str:
    """The answer as text for people."""
    lines = [
        f"{ban['user_id']}  {ban['reason']}  "
        + ("for good" if ban["until"] is None else f"until {minute(ban['until'])}")
        + (f"  addresses: {ban['addresses']}" if ban["addresses"] else "")
        for ban in answer["bans"]
    ]
    return "\n".join([*lines, *(f"{user_id}  muted" for user_id in answer["muted"])])


def say_acts(answer: Answer) -> str:
    """The answer as text for people."""
    return "\n".join(
        f"{minute(act['at'])}  {act['by'] or 'operator'}  {act['act']} {act['user_id']}"
        f"  {act['detail']}".rstrip()
        for act in answer["acts"]
    )
