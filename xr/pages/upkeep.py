"""What visitors and the operator do to rooms: the same, whether by a page or a command."""

import logging
import random
import unicodedata

import trio

from xr.pages.services import Services
from xr.store.furniture import furnish
from xr.store.protocol import NAME_LIMIT

log = logging.getLogger(__name__)

_CLOSING_SECONDS = 10

# Line breaks and controls, and what turns the direction of the text around it.
_REFUSED_CATEGORIES = frozenset(("Cc", "Cs", "Co", "Zl", "Zp"))
_REFUSED = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def room_name(text: str) -> str:
    """A room's name as somebody typed it, made fit to show.

    Raises:
        ValueError: it is not fit; the message says why, for the one who typed it.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if any(c in _REFUSED or unicodedata.category(c) in _REFUSED_CATEGORIES for c in name):
        raise ValueError("A name is one line of text, without control characters.")
    if not any(unicodedata.category(c)[0] in "LNPS" for c in name):
        raise ValueError("A room needs a name.")
    if len(name) > NAME_LIMIT:
        raise ValueError(f"A name has at most {NAME_LIMIT} characters; this one has {len(name)}.")
    return name


async def make_room(
    services: Services, name: str, made_by: str | None = None, most: int = 0
) -> str:
    """Make a furnished room and return its id.

    Raises:
        RoomsFull: there are ``most`` rooms already; 0 is no limit.
    """
    furniture = furnish(random.Random())
    room_id = await services.store.create_room(name, furniture, made_by, most)
    log.info("room.created room=%s name=%r made_by=%s", room_id, name, made_by)
    return room_id


async def remove_unentered_rooms(
    services: Services, seconds_ago: float, *, by_visitors: bool = False
) -> int:
    """Delete the rooms that were made so long ago and that nobody ever entered; how many.

    With ``by_visitors`` only those that a visitor made. A room that is open is left alone.
    """
    room_ids: list[str] = []
    with trio.move_on_after(_CLOSING_SECONDS, shield=True) as scope:
        room_ids = await services.store.delete_never_entered(
            seconds_ago, services.present(), by_visitors=by_visitors
        )
        for room_id in room_ids:
            await services.close_room(room_id)  # somebody may have come in just now
    if scope.cancelled_caught:
        log.error("rooms.stuck seconds=%d", _CLOSING_SECONDS)
    if room_ids:
        log.info("rooms.cleared count=%d age=%d: nobody entered them", len(room_ids), seconds_ago)
    return len(room_ids)


async def remove_room(services: Services, room_id: str) -> bool:
    """Delete a room, then send away who is in it; False when there is no such room.

    Whoever asks may go meanwhile: the two belong together and are not torn apart by that.
    """
    with trio.move_on_after(_CLOSING_SECONDS, shield=True) as scope:
        if not await services.store.delete_room(room_id):
            return False
        log.info("room.deleted room=%s", room_id)
        await services.close_room(room_id)
    if scope.cancelled_caught:
        log.error("room.stuck room=%s seconds=%d", room_id, _CLOSING_SECONDS)
    return True
