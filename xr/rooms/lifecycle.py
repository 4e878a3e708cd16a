"""The life of a room: ``OPEN``, then ``CLOSING`` for one of the ``Ending``s, then ``ENDED``."""

from enum import Enum, auto

import trio

from xr.errors import RoomFault


class RoomState(Enum):
    """A room takes joins only while it is open."""

    OPEN = auto()
    CLOSING = auto()
    ENDED = auto()


class Ending(Enum):
    """Why a room closes."""

    IDLE = auto()
    STOPPED = auto()
    DELETED = auto()
    FAILED = auto()


class Lifecycle:
    """The state of one room. It only goes forward, and the first reason to close stays, except that
    a deletion overrides all others. ``idle`` is the seconds that an empty room stays open.
    """

    def __init__(self, idle: float) -> None:
        self.idle = idle
        self.state = RoomState.OPEN
        self.ending: Ending | None = None
        self.fault: RoomFault | None = None
        self._changed = trio.Event()

    @property
    def closing(self) -> bool:
        """True once the room takes no more joins."""
        return self.state is not RoomState.OPEN

    @property
    def told_to_stop(self) -> bool:
        """True if the lobby ends the room, and not the room itself."""
        return self.ending in (Ending.STOPPED, Ending.DELETED)

    def close(self, why: Ending, fault: RoomFault | None = None) -> None:
        """Take no more joins from now on."""
        if self.ending is None or why is Ending.DELETED:
            self.ending = why
        self.fault = self.fault or fault
        if self.state is RoomState.OPEN:
            self.state = RoomState.CLOSING
        self.wake()

    def end(self) -> None:
        """Note that the room's tasks have ended."""
        self.state = RoomState.ENDED

    def wake(self) -> None:
        """Have the room check again whether it is idle, and others whether somebody has left."""
        self._changed.set()
        self._changed = trio.Event()

    async def changed(self) -> None:
        """Wait for the next ``wake``."""
        await self._changed.wait()
