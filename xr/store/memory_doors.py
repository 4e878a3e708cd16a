"""The part of the store in memory that keeps options, invites and those let in."""

from collections.abc import Callable, Mapping
from typing import Any

import trio
from msgspec.structs import replace

from xr.rooms.invites import Invite
from xr.rooms.protocols import RoomRecord
from xr.rooms.tenure import Tenure


class MemoryDoors:
    """A ``rooms.protocols.DoorStore``: the rooms by id, and who was let in by room and user."""

    def __init__(self) -> None:
        self._rooms: dict[str, RoomRecord] = {}
        self._let_in: dict[tuple[str, str], int] = {}
        self.revision = 0

    async def save_options(self, tenure: Tenure, changes: Mapping[str, Any]) -> None:
        """Keep the options that changed."""
        await trio.lowlevel.checkpoint()
        record = self._rooms.get(tenure.room_id)
        if record is not None and changes:
            self._set(tenure.room_id, **changes)
            epoch = changes.get("password_epoch")
            if epoch is not None:
                self._shut_out(lambda key: key[0] == tenure.room_id and self._let_in[key] != epoch)

    async def save_invites(self, tenure: Tenure, changes: Mapping[str, Invite | None]) -> None:
        """Keep all invites, or none of them."""
        await trio.lowlevel.checkpoint()
        record = self._rooms.get(tenure.room_id)
        if record is not None:
            invites = {**record.invites, **changes}
            kept = {key: each for key, each in invites.items() if each is not None}
            self._rooms[tenure.room_id] = replace(record, invites=kept)

    async def save_let_in(self, tenure: Tenure, epochs: Mapping[str, int]) -> None:
        """Note all who were let in, or none of them."""
        await trio.lowlevel.checkpoint()
        if tenure.room_id in self._rooms:
            self._let_in |= {(tenure.room_id, user_id): epoch for user_id, epoch in epochs.items()}

    def _set(self, room_id: str, **changes: Any) -> bool:
        record = self._rooms.get(room_id)
        if record is None:
            return False
        self._rooms[room_id] = replace(record, options=replace(record.options, **changes))
        self.revision += 1
        return True

    def _shut_out(self, chosen: Callable[[tuple[str, str]], bool]) -> None:
        self._let_in = {key: epoch for key, epoch in self._let_in.items() if not chosen(key)}

    def _unsign(self, room_id: str, user_id: str) -> None:
        """Let the invites that the user made be nobody's."""
        record = self._rooms[room_id]
        invites = {
            key: replace(each, made_by=None) if each.made_by == user_id else each
            for key, each in record.invites.items()
        }
        self._rooms[room_id] = replace(record, invites=invites)
