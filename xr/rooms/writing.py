"""A room's changes written at once, for somebody who then reads the room in the store."""

from xr.rooms.supervisor import Supervisor


async def write(supervisor: Supervisor, room_id: str) -> bool:
    """Write the unwritten changes of a room, open or ended; False if the disk cannot be written.

    Give this call a deadline: a disk may hang. Cancelled, the changes are written all the same.
    """
    if room_id in supervisor.leftovers:
        return False
    room = supervisor.room(room_id)
    return room is None or await room.snapshot.flusher.written()
