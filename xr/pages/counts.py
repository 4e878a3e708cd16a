"""The counts of the list of rooms as they change: server-sent events for a page that is open.

Source of the format: the HTML Living Standard, "Server-sent events".
"""

import logging
from collections.abc import AsyncIterator, Mapping

import msgspec
import trio
from quart import Blueprint, Response, request

from xr.errors import StoreError
from xr.pages.access import visitor
from xr.pages.addresses import caller_of
from xr.pages.known import seen_rooms
from xr.pages.services import Services, services
from xr.serving.guard import REQUEST_DEADLINE
from xr.store.protocol import RoomSummary
from xr.wire.reasons import Reason

log = logging.getLogger(__name__)

counts = Blueprint("counts", __name__)

PATH = "/api/rooms/counts"
EVERY = 1.0
"""Seconds between two looks; all that changes meanwhile is one event."""
SILENCE = 15.0
"""Seconds without a change after which an empty line is sent, for proxies to keep the stream."""
LENGTH = REQUEST_DEADLINE - 60
"""Seconds until a stream ends, before its connection is cut. Browsers ask again, and then it is
seen anew what they may see.
"""
_AGAIN = 30  # seconds until a refused page may ask again
_LATER = b"retry: %d\n\n" % (_AGAIN * 1000)


@counts.get(PATH)
async def stream() -> Response:
    """The rooms that the visitor may see and whose count has changed: room id → users present."""
    parts = services()
    address = caller_of(request.scope, parts.settings).address
    if parts.streams.is_full(address) or _stops(parts, address):
        return Response("", 503, {"Retry-After": str(_AGAIN)}, content_type="text/plain")
    asked = request.method == "HEAD"  # a stream whose body nobody is sent would hold a place
    events = b"" if asked else _events(parts, visitor(), address)
    response = Response(events, 200, {"X-Accel-Buffering": "no"}, content_type="text/event-stream")
    response.timeout = None
    return response


async def _events(parts: Services, user_id: str | None, address: str) -> AsyncIterator[bytes]:
    rooms: Mapping[str, RoomSummary] = {}
    seen: Mapping[str, RoomSummary] = {}
    told: dict[str, int] = {}
    end, silent = trio.current_time() + LENGTH, 0.0
    if parts.streams.is_full(address):  # by others who asked in the same moment
        yield _LATER
        return
    with parts.streams.counted(address):
        yield b"retry: 5000\n\n"
        while trio.current_time() < end and not _stops(parts, address):
            try:
                newest = await parts.catalogue.rooms()
                if newest is not rooms:
                    rooms, seen = newest, await seen_rooms(parts, newest, user_id)
            except (StoreError, OSError) as error:
                log.warning("counts.unread error=%r: the stream ends", str(error))
                yield _LATER
                return
            present = {room: count for room, count in parts.present().items() if room in seen}
            changed = {room: n for room, n in present.items() if told.get(room, 0) != n}
            changed |= {room: 0 for room in told if told[room] and not present.get(room)}
            silent = 0.0 if changed else silent + EVERY
            if changed:
                told = present
                yield b"data: %b\n\n" % msgspec.json.encode(changed)
            elif silent >= SILENCE:
                silent = 0.0
                yield b":\n\n"
            await trio.sleep(EVERY)


def _stops(parts: Services, address: str) -> bool:
    return parts.refusal(address) is Reason.RESTARTING
