"""The list of rooms with who is present, as a page and as JSON: made once for each change.

A crowd, or one client in a loop, asks for the same list. With a thousand rooms it takes
milliseconds to write, on the thread that also moves the avatars.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import msgspec
import trio
from markupsafe import Markup

from xr.pages.answers import Body
from xr.pages.catalogue import Catalogue
from xr.pages.rendering import Stencil, render
from xr.roles import Capability, may
from xr.store.protocol import RoomSummary

LONG = 100
"""Rooms from which on the counts of a list may be ``STALE`` seconds old."""
STALE = 1.0


class _Line(msgspec.Struct):
    """A room as ``/api/rooms`` lists it."""

    id: str
    name: str
    present: int


@dataclass(frozen=True)
class Mistake:
    """A name that was refused: the text as it was typed, why, and for which room (None: new)."""

    text: str
    reason: str
    room_id: str | None = None


@dataclass(frozen=True)
class _Edition:
    """The list as it was at one moment. ``items`` is the HTML of each room for a stranger."""

    rooms: Mapping[str, RoomSummary]
    present: Mapping[str, int]
    made_at: float
    items: Mapping[str, tuple[RoomSummary, int, str]]
    page: Body
    json: Body


class Listing:
    """The newest edition of the list, and pages made from it."""

    def __init__(self, catalogue: Catalogue, present: Callable[[], Mapping[str, int]]) -> None:
        self._catalogue = catalogue
        self._present = present
        self._edition: _Edition | None = None
        self._item = Stencil("_item.html", "room_id", "name", "count", "shown", room=None)

    async def json(self) -> Body:
        """The list as ``/api/rooms`` answers it."""
        return (await self._newest()).json

    async def page(self, visitor: str | None, mistake: Mistake | None = None) -> Body:
        """The list as a page: the same for all but the owners of a room, or a mistake."""
        edition = await self._newest()
        own = [
            room
            for room in edition.rooms.values()
            if may(room.role_of(visitor), Capability.CONFIGURE)
        ]
        if not own and mistake is None:
            return edition.page
        items = {room_id: text for room_id, (_, _, text) in edition.items.items()}
        for room in own:
            wrong = mistake if mistake and mistake.room_id == room.room_id else None
            count = edition.present.get(room.room_id, 0)
            items[room.room_id] = render(
                "_item.html", room=room, wrong=wrong, **_shown(room, count)
            )
        return _page(items.values(), mistake)

    async def _newest(self) -> _Edition:
        rooms = await self._catalogue.rooms()
        present, now = self._present(), trio.current_time()
        edition = self._edition
        if edition is not None and edition.rooms is rooms:
            fresh = len(rooms) >= LONG and now - edition.made_at < STALE
            if fresh or edition.present == present:
                return edition
        known = edition.items if edition is not None else {}
        items = {}
        for room_id, room in rooms.items():
            count = present.get(room_id, 0)
            item = known.get(room_id)
            if item is None or item[0] != room or item[1] != count:
                item = room, count, self._item.fill(**_shown(room, count))
            items[room_id] = item
        lines = [_Line(room.room_id, room.name, count) for room, count, _ in items.values()]
        self._edition = _Edition(
            rooms,
            dict(present),
            now,
            items,
            _page([text for _, _, text in items.values()]),
            Body(msgspec.json.encode(lines)),
        )
        return self._edition


def _shown(room: RoomSummary, count: int) -> dict[str, str]:
    return {
        "room_id": room.room_id,
        "name": room.name,
        "count": str(count),
        "shown": f"{count} here" if count else "empty",
    }


def _page(items: Collection[str], mistake: Mistake | None = None) -> Body:
    text = render("rooms.html", items=Markup("".join(items)), mistake=mistake)
    return Body(text.encode())
