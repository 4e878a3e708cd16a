"""The rooms that a visitor knows: nobody else is shown one that is not listed."""

from collections.abc import Mapping

from xr.roles import Role
from xr.store.protocol import RoomSummary
from xr.world import World


async def known_rooms(
    world: World, rooms: Mapping[str, RoomSummary], visitor: str | None
) -> Mapping[str, RoomSummary]:
    """The rooms that the visitor made, has a role in, has visited or is in now.

    They are in the order of ``rooms``; None knows no room.

    Raises:
        StoreError: the store cannot be read.
    """
    if visitor is None:
        return {}
    visited = await world.store.visited(visitor)
    visited.update(room_id for room_id in world.present() if visitor in world.who(room_id))
    return {
        room_id: room
        for room_id, room in rooms.items()
        if room_id in visited or _belongs(room, visitor)
    }


async def seen_rooms(
    world: World, rooms: Mapping[str, RoomSummary], visitor: str | None
) -> Mapping[str, RoomSummary]:
    """The rooms that a list shows the visitor: those that are listed, and those that they know.

    Raises:
        StoreError: the store cannot be read.
    """
    known = await known_rooms(world, rooms, visitor)
    return {k: room for k, room in rooms.items() if room.listed or k in known}


def _belongs(room: RoomSummary, visitor: str) -> bool:
    return room.made_by == visitor or room.role_of(visitor) is not Role.GUEST
