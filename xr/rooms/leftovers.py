"""Changes that rooms could not write before they ended: kept for the next run of the room."""

from collections.abc import Callable, Mapping
from typing import Any

Unsaved = Mapping[str, Mapping[Any, Any]]
"""Ledger name → key → unwritten value."""


class Leftovers:
    """Unwritten changes by room; the lobby owns them. Bounded by what the rooms had in memory."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[str, dict[Any, Any]]] = {}
        self._retrying: set[str] = set()

    def __contains__(self, room_id: str) -> bool:
        return room_id in self._rooms

    def __len__(self) -> int:
        """The number of changes of all rooms."""
        return sum(self.counts().values())

    def counts(self) -> dict[str, int]:
        """The number of changes by room."""
        return {room: sum(map(len, ledgers.values())) for room, ledgers in self._rooms.items()}

    def keep(self, room_id: str, unsaved: Unsaved) -> None:
        """Keep the changes of a room that has ended, if there are any."""
        kept = {name: dict(changes) for name, changes in unsaved.items() if changes}
        if kept:
            self._rooms[room_id] = kept

    def take(self, room_id: str) -> Unsaved:
        """Hand over the changes of a room that opens again, or is gone for good."""
        return self._rooms.pop(room_id, {})

    def forget(self, ledger: str, key: Any, room_id: str | None = None) -> None:
        """Drop one change, of one room or of all."""
        for name, ledgers in list(self._rooms.items()):
            if room_id in (None, name) and ledger in ledgers:
                ledgers[ledger].pop(key, None)
                self.keep(name, self.take(name))

    def revise(self, ledger: str, revise: Callable[[Any, Any], Any]) -> None:
        """Replace each value of this ledger, in all rooms, by ``revise(key, value)``."""
        for ledgers in self._rooms.values():
            if ledger in ledgers:
                ledgers[ledger] = {k: revise(k, v) for k, v in ledgers[ledger].items()}

    def retry(self, room_id: str) -> bool:
        """Whether to schedule another try to open this room: one is scheduled at a time."""
        if room_id not in self._rooms or room_id in self._retrying:
            return False
        self._retrying.add(room_id)
        return True

    def retried(self, room_id: str) -> None:
        """Note that the scheduled try has begun."""
        self._retrying.discard(room_id)
