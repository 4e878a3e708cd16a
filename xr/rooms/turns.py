"""Turns: serialise the joins of one user in one room, so that the latest of one tab wins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio


class Turns:
    """A lock for each (room, user) with a join on its way, removed with the last one."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, str], trio.Lock] = {}

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
    async def of(self, room_id: str, user_id: str) -> AsyncIterator[None]:
        """Wait for the user's turn and hold it. Cancelled while waiting, the turn is given up."""
        key = room_id, user_id
        lock = self._locks.setdefault(key, trio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked() and self._locks.get(key) is lock:
                del self._locks[key]
