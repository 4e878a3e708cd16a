"""Asks a store whether it works, but not each time that somebody wants to know."""

import trio

from xr.errors import StoreError
from xr.store.protocol import Checks

EVERY = 2.0
"""Seconds for which an answer holds: each look writes to the database."""


class StoreCheck:
    """The newest answer of one store, to however many ask."""

    def __init__(self, store: Checks) -> None:
        self._store = store
        self._asking = trio.Lock()
        self._until = 0.0  # in Trio's time, which is later
        self._fault: str | None = None

    async def fault(self) -> str | None:
        """Why the store does not work; None while it does. Waits for a look that is under way."""
        async with self._asking:
            if trio.current_time() >= self._until:
                self._fault = await self._look()
                self._until = trio.current_time() + EVERY
            return self._fault

    async def _look(self) -> str | None:
        try:
            await self._store.check()
        except StoreError as error:
            return str(error)
        return None
