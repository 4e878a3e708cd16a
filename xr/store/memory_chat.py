"""The part of the store in memory that keeps lines of chat."""

from collections.abc import Callable, Mapping

import trio
from msgspec.structs import replace

from xr.rooms.protocols import Line
from xr.rooms.tenure import Tenure
from xr.store.memory_doors import MemoryDoors


class MemoryChat(MemoryDoors):
    """A ``rooms.protocols.ChatStore``, in the records of the rooms. ``now`` gives unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now

    async def save_chat(self, tenure: Tenure, lines: Mapping[str, Line]) -> None:
        """Write the room's lines, and remove all others of it."""
        lines = dict(lines)
        await trio.lowlevel.checkpoint()
        if tenure.room_id in self._rooms:
            self._keep_lines(tenure.room_id, lines)

    async def forget_chat_older_than(self, seconds_ago: float) -> int:
        """Delete lines of chat written so long ago."""
        await trio.lowlevel.checkpoint()
        oldest = int((self._now() - seconds_ago) * 1000)
        return self._drop_lines(lambda line: line.at < oldest)

    def _drop_lines(self, chosen: Callable[[Line], bool]) -> int:
        dropped = 0
        for room_id, record in list(self._rooms.items()):
            kept = {line_id: line for line_id, line in record.lines.items() if not chosen(line)}
            dropped += len(record.lines) - len(kept)
            self._keep_lines(room_id, kept)
        return dropped

    def _keep_lines(self, room_id: str, lines: Mapping[str, Line]) -> None:
        in_order = dict(sorted(lines.items(), key=lambda item: (item[1].at, item[0])))
        self._rooms[room_id] = replace(self._rooms[room_id], lines=in_order)
