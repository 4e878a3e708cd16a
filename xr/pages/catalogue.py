"""The rooms there are, as the pages know them: read from the store once after each change."""

from collections.abc import Mapping

import trio

from xr.store.protocol import Rooms, RoomSummary


class Catalogue:
    """All rooms by id, the newest first. As large as the store's list of rooms."""

    def __init__(self, store: Rooms) -> None:
        self._store = store
        self._revision = -1
        self._rooms: Mapping[str, RoomSummary] = {}
        self._reading = trio.Lock()

    def at_hand(self) -> Mapping[str, RoomSummary] | None:
        """The rooms, unless they have changed and have to be read."""
        return self._rooms if self._revision == self._store.revision else None

    async def rooms(self) -> Mapping[str, RoomSummary]:
        """The rooms; the very same object as long as nothing has changed.

        Raises:
            StoreError: they changed, and cannot be read.
        """
        at_hand = self.at_hand()
        if at_hand is not None:
            return at_hand
        async with self._reading:
            if self._revision != self._store.revision:
                revision = self._store.revision  # of before the reading: a change meanwhile counts
                rooms = await self._store.list_rooms()
                self._rooms = {room.room_id: room for room in rooms}
                self._revision = revision
            return self._rooms
