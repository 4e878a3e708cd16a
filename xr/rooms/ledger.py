"""Write-behind: changes by key that are kept in memory until they are written together."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import trio

from xr.errors import ValueRefused

log = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")

Save = Callable[[Mapping[Any, Any]], Awaitable[None]]
"""Writes changes by key, all of them or none; it may raise ``StoreError`` or ``OSError``."""


class Ledger(Generic[K, V]):
    """The newest unwritten value of each key. ``save`` writes them; ``name`` stands in the log.

    Bounded by the keys that there can be: a value replaces the unwritten one of its key.
    """

    def __init__(self, name: str, save: Save) -> None:
        self.name = name
        self._save = save
        self._changes: dict[K, V] = {}
        self._dropped: set[K] = set()  # since the flush that is under way began
        self._turn = trio.Lock()

    def put(self, key: K, value: V) -> None:
        """Note a change."""
        self._changes[key] = value

    def drop(self, key: K) -> None:
        """Forget a change, also one that is being written and may fail."""
        self._changes.pop(key, None)
        self._dropped.add(key)

    def __contains__(self, key: object) -> bool:
        """Whether a change of this key waits, and no flush has taken it up."""
        return key in self._changes

    @property
    def clean(self) -> bool:
        """Whether no change waits, and none is being written."""
        return not self._changes and not self._turn.locked()

    @property
    def unsaved(self) -> dict[K, V]:
        """The changes that no flush has taken up."""
        return dict(self._changes)

    def restore(self, unsaved: Mapping[K, V]) -> None:
        """Take over changes that an earlier ledger could not write."""
        self._changes.update(unsaved)

    async def flush(self) -> int:
        """Write the changes; returns how many.

        If it raises or is cancelled, they stay, under newer ones, and are tried again. A value that
        the store will never take is given up and logged, so that it does not hold up the others.

        Raises:
            StoreError, OSError: they could not be written.
        """
        async with self._turn:
            batch, self._changes = self._changes, {}
            self._dropped.clear()
            count = len(batch)
            if not count:
                return 0
            try:
                await self._write(batch)
            finally:
                kept = {k: v for k, v in batch.items() if k not in self._dropped}
                self._changes = kept | self._changes
            return count

    async def _write(self, changes: dict[K, V]) -> None:
        """Write the changes together, or each by itself if that is refused; empties ``changes``."""
        try:
            await self._save(changes)
            changes.clear()
        except ValueRefused:
            for key, value in list(changes.items()):
                if key not in self._dropped:
                    await self._write_one(key, value)
                del changes[key]

    async def _write_one(self, key: K, value: V) -> None:
        try:
            await self._save({key: value})
        except ValueRefused:
            log.exception("change.refused ledger=%s key=%r", self.name, key)
