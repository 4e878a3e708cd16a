"""The nursery of a room: its tasks until it is idle or told to stop, then the last flush."""

from collections.abc import Awaitable, Callable, Iterator

import trio

from xr.rooms.lifecycle import Ending, Lifecycle
from xr.rooms.room import Room

FLUSH_DEADLINE = 3.0
"""Seconds that a closing room may take to write its changes."""
_RETRY = 0.2  # seconds between two tries to write


async def run(room: Room) -> None:
    """Run the tasks of a room until it is idle or told to stop; then write its changes.

    Cancelled, it writes them too, for at most ``FLUSH_DEADLINE`` seconds.

    Raises:
        RoomFault: a task of the room no longer reads.
    """
    try:
        async with trio.open_nursery() as nursery:
            for name, task in _tasks(room):
                nursery.start_soon(_keep, room.life, task, name=f"{name} of room {room.room_id}")
            await _until_closing(room)
            nursery.cancel_scope.cancel()
    finally:
        room.life.close(Ending.FAILED)  # unless it was closed for another reason
        with trio.move_on_after(FLUSH_DEADLINE, shield=True):
            await write_all(room)
        room.life.end()


def _tasks(room: Room) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
    yield "presence", room.presence.run
    yield "snapshot", room.snapshot.run
    yield "reflector", room.reflector.run
    for feature in room.features:
        if feature.run is not None:
            yield type(feature).__name__.lower(), feature.run


async def _keep(life: Lifecycle, task: Callable[[], Awaitable[None]]) -> None:
    """Run a task; the room closes as soon as it ends, while other tasks may still be ending."""
    try:
        await task()
    finally:
        life.close(Ending.FAILED)


async def _until_closing(room: Room) -> None:
    """Wait until the room closes; close it when it was idle long enough.

    With unwritten changes it is not idle: a full disk keeps a room open.
    """
    while not room.life.closing:
        if room.is_needed():
            await room.life.changed()
            continue
        with trio.move_on_after(room.life.idle) as nap:
            await room.life.changed()
        if (
            nap.cancelled_caught
            and not room.is_needed()
            and not any(room.snapshot.unsaved.values())
        ):
            room.life.close(Ending.IDLE)
    if room.life.fault is not None:
        raise room.life.fault


async def write_all(room: Room) -> None:
    """Flush; for a room that was told to stop, until it has worked."""
    written = await room.snapshot.flush()
    while room.life.told_to_stop and not written:
        await trio.sleep(_RETRY)
        written = await room.snapshot.flush()
