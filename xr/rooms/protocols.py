"""What a room needs from others, who fulfil it without the room knowing them."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from xr.pose import Pose

Entities = Mapping[str, Mapping[str, Any]]
"""Entity id → component name → JSON value."""


class RoomRecord(msgspec.Struct, frozen=True):
    """What is kept of a room: its name, its entities, and whether everybody spawns anew."""

    room_id: str
    name: str
    entities: Entities
    always_spawn: bool = False


class RoomStore(Protocol):
    """Where rooms and poses are kept. Every method may raise ``StoreError`` or ``OSError``."""

    async def load_room(self, room_id: str) -> RoomRecord | None:
        """The room, or None when there is no such room."""
        ...

    async def load_pose(self, room_id: str, user_id: str) -> Pose | None:
        """Where the user stood last in this room, or None."""
        ...

    async def save_poses(self, room_id: str, poses: Mapping[str, Pose]) -> None:
        """Write all poses by user id in one transaction, or none of them.

        A room that was deleted meanwhile takes no poses: that is no error.
        """
        ...
