"""Operations on the doors of rooms: options, and invites."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from xr.operations.kinds import Answer, ARole, RoomId, ask_room, minute, stored_room
from xr.rooms.options import Who
from xr.world import World

Listed = Annotated[bool, Meta(title="--listed on|off", description="shown to everybody, or not")]
Locked = Annotated[bool, Meta(title="--locked on|off", description="only roles and invites enter")]
Password = Annotated[
    str,
    Meta(
        title="--password -",
        description="read a password from standard input",
        extra={"secret": True},
    ),
]
NoPassword = Annotated[bool, Meta(title="--no-password", description="ask for no password")]
Capacity = Annotated[
    float, Meta(title="--capacity N", description="users at most; 0: as the server", ge=0, le=65535)
]
Builders = Annotated[Who, Meta(title="--build WHO", description="who may build")]
Speakers = Annotated[Who, Meta(title="--speak WHO", description="who may speak")]
VoiceOn = Annotated[bool, Meta(title="--room-voice on|off", description="whether there is voice")]
Hours = Annotated[
    float, Meta(title="--hours HOURS", description="for so long; 0: for good", ge=0, le=87_600)
]
InviteId = Annotated[str, Meta(title="INVITE", description="the invite's id", max_length=100)]


async def set_room(
    world: World,
    room_id: RoomId,
    listed: Listed | None = None,
    locked: Locked | None = None,
    password: Password | None = None,
    no_password: NoPassword = False,
    capacity: Capacity | None = None,
    who_may_build: Builders | None = None,
    who_may_speak: Speakers | None = None,
    voice: VoiceOn | None = None,
) -> Answer:
    """Set options of a room; those that are not named stay."""
    named = {
        "listed": listed,
        "locked": locked,
        "password": password,
        "who_may_build": who_may_build,
        "who_may_speak": who_may_speak,
        "voice": voice,
    }
    changes: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if no_password:
        changes["password"] = None
    if capacity is not None:
        changes["capacity"] = int(capacity) or None
    return await ask_room(world, room_id, "set_room", **changes)


async def make_invite(world: World, room_id: RoomId, role: ARole, hours: Hours = 0) -> Answer:
    """Make a link that lets its bearers into a room, with a role."""
    answer = await ask_room(world, room_id, "invite", role=role, hours=hours or None)
    return {"id": answer.id, "url": answer.url}  # type: ignore[attr-defined]


async def list_invites(world: World, room_id: RoomId) -> Answer:
    """List the invites of a room."""
    room = await stored_room(world, room_id)
    return {
        "invites": [
            {"id": key, "role": each.role, "made_at": each.made_at, "expires_at": each.expires_at}
            for key, each in room.invites.items()
        ]
    }


async def revoke_invite(world: World, room_id: RoomId, invite_id: InviteId) -> Answer:
    """Let an invite no longer let anybody in."""
    return await ask_room(world, room_id, "revoke", id=invite_id)


def say_invites(answer: Mapping[str, Any]) -> str:
    """One invite a line."""
    return "\n".join(
        f"{each['id']}  {each['role']:<9}  "
        + (f"until {minute(each['expires_at'])}" if each["expires_at"] else "for good")
        for each in answer["invites"]
    )
