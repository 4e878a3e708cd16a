"""Users who are being forgotten: first memory drops them, and then the store.

A read of the store in between finds what is about to go. It waits, or is done again, so that no
room and no join brings it back.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import trio

T = TypeVar("T")


class Forgetting:
    """The users who are being forgotten. ``count`` is how often memory has dropped one."""

    def __init__(self) -> None:
        self.count = 0
        self._under_way = 0
        self._done = trio.Event()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Hold up reads within the block, in which memory and store drop a user."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._done.set()
                self._done = trio.Event()

    async def read(self, load: Callable[[], Awaitable[T]]) -> T:
        """Read the store by ``load``, as often as it takes to find nothing that was forgotten.

        It holds until the caller's next ``await``. Raises what ``load`` raises.
        """
        while True:
            while self._under_way:
                await self._done.wait()
            count = self.count
            found = await load()
            if count == self.count:
                return found
