"""Users and their poses: listed and forgotten."""

from xr.operations.kinds import (
    DAY,
    Answer,
    InRoomId,
    PerhapsRoomId,
    Unchanged,
    UserId,
    minute,
    require_room,
)
from xr.world import World


async def list_users(world: World, room_id: PerhapsRoomId | None = None) -> Answer:
    """List users, the last seen first, and the rooms they are in now."""
    if room_id is not None:
        await require_room(world, room_id)
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
    if room_id is None:
        return {"forgotten": await world.forget_user(user_id)}
    return {"forgotten": await world.forget_pose(user_id, room_id)}


async def forget_poses(world: World, days: Unchanged) -> Answer:
    """Forget poses that did not change for long. Users without a pose or a room go with them."""
    return {"forgotten": await world.store.forget_older_than(days * DAY)}


def say_users(answer: Answer) -> str:
    """The answer as text for people."""
    return "\n".join(
        f"{user['id']}  {minute(user['last_seen']):<16}  {' '.join(user['in'])}".rstrip()
        for user in answer["users"]
    )
