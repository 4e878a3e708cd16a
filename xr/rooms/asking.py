"""An intent that comes from no client: an operator's command, or a page of a room's owner."""

from collections.abc import Mapping
from typing import Any

import msgspec
import trio

from xr.errors import StoreError
from xr.roles import Role
from xr.rooms.feature import Member, member_of
from xr.rooms.room import Room
from xr.rooms.supervisor import Supervisor, opened
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

OPERATOR = Member("", Role.OWNER)
"""The one who runs the server: may do in a room what an owner may."""


async def ask(
    supervisor: Supervisor,
    room_id: str,
    name: str,
    payload: Mapping[str, Any],
    user_id: str | None = None,
) -> Any:
    """Ask a room, which is opened where it is not, as if the user had sent the intent.

    None is the operator. Returns the response once all changes are written. Cancelled, it may be
    done all the same, and is written as any change of the room is.

    Raises:
        Refused: the room says why.
        StoreError: it is done, and cannot be written now; that is tried again.
    """
    room = await opened(supervisor, room_id)
    intent = room.intent(name, _member(room, user_id))
    try:
        decoded = msgspec.convert(payload, intent.payload)
    except msgspec.ValidationError as error:
        raise Refused(Reason.INVALID_PAYLOAD, str(error)) from error
    if intent.prepare is not None:
        decoded = await trio.to_thread.run_sync(intent.prepare, decoded)
        room = await opened(supervisor, room_id)  # as it is by now, and the user in it
    member = _member(room, user_id)
    response = room.obey(room.intent(name, member), member, decoded)
    if not await room.snapshot.flusher.written():
        raise StoreError("it is done, but cannot be written now: the server tries again")
    return response


def _member(room: Room, user_id: str | None) -> Member:
    return OPERATOR if user_id is None else member_of(user_id, room.standings[user_id])
