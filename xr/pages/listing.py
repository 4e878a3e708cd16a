"""The list of rooms with who is present, as a page and as JSON: made once for each change.

A crowd, or one client in a loop, asks for the same list. With a thousand rooms it takes
milliseconds to write, on the thread that also moves the avatars. Only visitors who know rooms of
their own get a list of their own.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlencode

import msgspec
import trio
from markupsafe import Markup

from xr.pages.answers import Body
from xr.pages.catalogue import Catalogue
from xr.pages.known import known_rooms
from xr.pages.making import may_make
from xr.pages.rendering import Stencil, render
from xr.roles import Capability, may
from xr.settings import Settings
from xr.store.furniture import KINDS
from xr.store.protocol import RoomSummary
from xr.world import World

LONG = 100
"""Rooms from which on the counts of a list may be ``STALE`` seconds old."""
STALE = 1.0
SEARCHED = 12
"""Rooms from which on a list can be searched."""
PAGE = 60
"""Rooms of a list on one page."""
OWN = 200
"""Lists that are kept for those who know rooms that are not listed. Full: others are made anew."""
_LONGEST_FIND = 80
_PAGE = re.compile("[1-9][0-9]{0,4}")


class _Line(msgspec.Struct):
    """A room as ``/api/rooms`` lists it."""

    id: str
    name: str
    present: int


@dataclass(frozen=True)
class Mistake:
    """The name of a new room that was refused: the text as it was typed, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Wish:
    """The part of the list that is asked for: rooms with a text in their name, and a page."""

    find: str = ""
    page: int = 1
    mistake: Mistake | None = None


ALL = Wish()
"""The first page of all rooms."""


def wish_of(query: str) -> Wish:
    """The wish in a query string; the fields that cannot be are left out."""
    fields = parse_qs(query)
    page = fields.get("page", ["1"])[0]
    find = " ".join(fields.get("find", [""])[0][:_LONGEST_FIND].split())
    return Wish(find, int(page) if _PAGE.fullmatch(page) else 1)


@dataclass(frozen=True)
class _Edition:
    """All rooms as they were at one moment, and the list for strangers: that of listed rooms.

    ``items`` is the HTML of each room for those who cannot change it.
    """

    rooms: Mapping[str, RoomSummary]
    present: Mapping[str, int]
    made_at: float
    items: Mapping[str, tuple[RoomSummary, int, str]]
    page: Body
    json: Body
    own: dict[frozenset[str], Body] = field(default_factory=dict)
    """The lists as JSON of visitors who know rooms that are not listed, by these rooms."""


class Listing:
    """The newest edition of the list, and lists made from it."""

    def __init__(self, catalogue: Catalogue, world: World, settings: Settings) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._world = world
        self._edition: _Edition | None = None
        holes = ("room_id", "name", "count", "shown", "door")
        self._item = Stencil("_item.html", *holes, managed=False)
        self._managed_item = Stencil("_item.html", *holes, managed=True)

    async def json(self, visitor: str | None) -> Body:
        """The list as ``/api/rooms`` answers it to a visitor, the newest room first."""
        edition = await self._newest()
        known = await known_rooms(self._world, edition.rooms, visitor)
        unlisted = frozenset(k for k, room in known.items() if not room.listed)
        if not unlisted:
            return edition.json
        own = edition.own.get(unlisted)
        if own is None:
            rooms = [r for r in edition.rooms.values() if r.listed or r.room_id in unlisted]
            own = Body(_lines(rooms, edition.present), secret=True)
            if len(edition.own) < OWN:
                edition.own[unlisted] = own
        return own

    async def page(self, visitor: str | None, wish: Wish = ALL) -> Body:
        """The list as a page: the same for all but those who know rooms, or wish for a part."""
        edition = await self._newest()
        known = await known_rooms(self._world, edition.rooms, visitor)
        if not known and wish == ALL:
            return edition.page
        others = [r for r in edition.rooms.values() if r.listed and r.room_id not in known]
        making = may_make(self._settings, known.values(), visitor)
        text = self._page(edition, list(known.values()), others, visitor, wish, making)
        return Body(text, secret=bool(known))

    def _page(
        self,
        edition: _Edition,
        own: Sequence[RoomSummary],
        others: Sequence[RoomSummary],
        visitor: str | None,
        wish: Wish,
        making: bool,
    ) -> bytes:
        """The page of the list that is wished for; the visitor's own rooms come first."""
        found = [room for room in (*own, *others) if _has(room, wish.find)]
        pages = max(1, math.ceil(len(found) / PAGE))
        page = min(wish.page, pages)
        shown = found[(page - 1) * PAGE : page * PAGE]
        theirs = {room.room_id for room in own}
        return render(
            "rooms.html",
            own=_joined(self._own_item(edition, r, visitor) for r in shown if r.room_id in theirs),
            others=_joined(edition.items[r.room_id][2] for r in shown if r.room_id not in theirs),
            making=making,
            kinds=list(KINDS),
            mistake=wish.mistake,
            find=wish.find,
            searched=len(own) + len(others) >= SEARCHED,
            page=page,
            pages=pages,
            ways={n: _way(wish.find, n) for n in (page - 1, page + 1) if 1 <= n <= pages},
        ).encode()

    def _own_item(self, edition: _Edition, room: RoomSummary, visitor: str | None) -> str:
        """The HTML of a room that the visitor knows, with the way to its settings."""
        _, count, text = edition.items[room.room_id]
        managed = may(room.role_of(visitor), Capability.MODERATE)
        return self._managed_item.fill(**_shown(room, count)) if managed else text

    async def _newest(self) -> _Edition:
        rooms = await self._catalogue.rooms()
        present, now = self._world.present(), trio.current_time()
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
        listed = [room for room in rooms.values() if room.listed]
        making = may_make(self._settings, (), None)
        json = Body(_lines(listed, present))
        edition = _Edition(rooms, dict(present), now, items, json, json)
        page = Body(self._page(edition, (), listed, None, ALL, making))
        self._edition = replace(edition, page=page)
        return self._edition


def _shown(room: RoomSummary, count: int) -> dict[str, str]:
    doors = (("only by its link", not room.listed), ("with a lock", room.guarded))
    return {
        "room_id": room.room_id,
        "name": room.name,
        "count": str(count),
        "shown": f"{count} here" if count else "empty",
        "door": ", ".join(text for text, holds in doors if holds),
    }


def _lines(rooms: Iterable[RoomSummary], present: Mapping[str, int]) -> bytes:
    lines = [_Line(room.room_id, room.name, present.get(room.room_id, 0)) for room in rooms]
    return msgspec.json.encode(lines)


def _has(room: RoomSummary, find: str) -> bool:
    return find.casefold() in room.name.casefold()


def _joined(items: Iterable[str]) -> Markup:
    return Markup("".join(items))


def _way(find: str, page: int) -> str:
    """The address of another page of the list."""
    return "/?" + urlencode({**({"find": find} if find else {}), "page": page})
