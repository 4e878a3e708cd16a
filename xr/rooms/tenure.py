"""The ownership of a room: the right to write it, which every write of the room carries.

With SQLite there is one process, and the right is always ours. A store that machines share can
compare ``term`` with the newest that it has granted, and refuse the write of an earlier owner.
"""

from typing import Protocol

import msgspec


class Tenure(msgspec.Struct, frozen=True):
    """The right to write one room. ``term`` grows each time that the right is granted."""

    room_id: str
    term: int = 1


class Directory(Protocol):
    """Grants tenures, one room at a time."""

    async def claim(self, room_id: str) -> Tenure:
        """Get the right to write the room, from now on ours alone.

        Raises:
            StoreError: it cannot be granted now.
        """
        ...


class SoleOwner:
    """A ``Directory`` where there is no other process: every room is ours."""

    async def claim(self, room_id: str) -> Tenure:
        """Get the right to write the room. Does not wait."""
        return Tenure(room_id)
