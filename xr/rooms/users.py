"""One user in all rooms: forgotten, their changes written, their visits ended."""

from collections.abc import Iterator, Mapping
from functools import partial

from xr.rooms.invites import Invite
from xr.rooms.leftovers import Leftovers
from xr.rooms.protocols import Line
from xr.rooms.room import Room
from xr.rooms.standings import Standing
from xr.rooms.supervisor import Supervisor
from xr.wire.reasons import Reason


def rooms_with(supervisor: Supervisor, user_id: str) -> Iterator[Room]:
    """The rooms in which a user is present."""
    for room in supervisor.open_rooms().values():
        if user_id in room.presence.roster.users:
            yield room


def forget_pose(supervisor: Supervisor, user_id: str, room_id: str) -> None:
    """Drop a user's pose in one room from memory."""
    supervisor.forgetting.count += 1
    if (room := supervisor.open_rooms().get(room_id)) is not None:
        room.forget_pose(user_id)
    supervisor.leftovers.forget("poses", user_id, room_id)


def forget_user(supervisor: Supervisor, user_id: str) -> None:
    """Drop all that is kept of a user from memory."""
    supervisor.forgetting.count += 1
    for room in supervisor.open_rooms().values():
        room.forget_user(user_id)
    supervisor.leftovers.forget("poses", user_id)
    supervisor.profiles.forget(user_id)
    _revise_leftovers(supervisor.leftovers, user_id)


async def settle(supervisor: Supervisor, user_id: str) -> bool:
    """Write the unwritten changes of a user; False if the disk cannot be written.

    A room writes at once when somebody leaves, so only the user's profile and the rooms in which
    they are can have changes. Give this call a deadline: a disk may hang, and a server stop.
    """
    written = not supervisor.leftovers and await supervisor.profiles.settle(user_id)
    for room in rooms_with(supervisor, user_id):
        written = await room.snapshot.flusher.written() and written
    return written


async def send_out(supervisor: Supervisor, user_id: str) -> None:
    """End all visits of a user, who is to be forgotten, until the others know that they left."""
    for room in rooms_with(supervisor, user_id):
        room.expel(user_id, Reason.FORGOTTEN)
    for room in rooms_with(supervisor, user_id):
        while user_id in room.presence.roster.users and not room.life.closing:
            await room.life.changed()


def _revise_leftovers(leftovers: Leftovers, user_id: str) -> None:
    leftovers.forget("let_in", user_id)
    leftovers.revise("standings", partial(_without_role, user_id))
    leftovers.revise("invites", partial(_by_nobody, user_id))
    leftovers.revise("chat", partial(_lines_without, user_id))


def _without_role(user_id: str, key: str, standing: Standing) -> Standing:
    return standing.forgotten() if key == user_id else standing


def _by_nobody(user_id: str, _: str, invite: Invite | None) -> Invite | None:
    return invite.forgotten() if invite is not None and invite.made_by == user_id else invite


def _lines_without(user_id: str, _: str, lines: Mapping[str, Line]) -> dict[str, Line]:
    return {line_id: line for line_id, line in lines.items() if line.user_id != user_id}
