"""The pages that everybody asks for, answered from memory and without Quart.

A request through Quart costs 1.6 ms more than one that is answered here, and the page of a room is
part of each join.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from xr.pages.addresses import Caller, header_values
from xr.pages.answers import HTML, JSON, Answer, Body
from xr.pages.bundle import Bundle, read_bundle
from xr.pages.cookies import cookie_of, renewed_cookie
from xr.pages.door import sentence
from xr.pages.errors import error_answer
from xr.pages.listing import ALL, Wish, wish_of
from xr.pages.rendering import Stencil
from xr.pages.services import Services
from xr.serving.protocols import Headers
from xr.store.furniture import KINDS
from xr.store.protocol import RoomSummary
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

if TYPE_CHECKING:
    from hypercorn.typing import WWWScope

_ROOM = "/rooms/"
_LOOK = re.compile(r"/api/rooms/([^/]+)/look")
_NOT_KEPT: Headers = [(b"cache-control", b"no-store")]
# Not no-store: the way back from a room should not need the network twice.
_ASKED_AGAIN: Headers = [(b"cache-control", b"private, no-cache")]


class Front:
    """Answers ``GET`` and ``HEAD`` of the list, as a page and as JSON, of rooms and of looks."""

    def __init__(self, parts: Services) -> None:
        self._parts = parts
        self._bundle: Bundle | None = None
        self._room_page: Stencil | None = None

    async def answer(self, scope: "WWWScope", path: str, caller: Caller) -> Answer | None:
        """The answer, or None if it is somebody else's to give.

        Raises:
            StoreError: the rooms cannot be read.
        """
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return None
        if path == "/":
            visitor = self._parts.identity.read_cookie(cookie_of(scope))
            wish = wish_of(scope["query_string"].decode("latin1"))
            return await list_page(self._parts, scope, caller, visitor, wish)
        if path == "/api/rooms":
            visitor = self._parts.identity.read_cookie(cookie_of(scope))
            lines = await self._parts.listing.json(visitor)
            if _header(scope, b"if-none-match") == lines.etag:
                return Answer(304, JSON, b"", [(b"etag", lines.etag.encode())])
            body, headers = await lines.encoded(_accepted(scope))
            return Answer(200, JSON, body, [(b"etag", lines.etag.encode()), *headers])
        if look := _LOOK.fullmatch(path):
            return await self._look(scope, look[1], caller)
        if path.startswith(_ROOM):
            return await self._room(scope, path.removeprefix(_ROOM), caller)
        return None

    async def _look(self, scope: "WWWScope", room_id: str, caller: Caller) -> Answer | None:
        """The things of a room and where its users are, for who has not entered yet."""
        parts = self._parts
        summary = (await parts.catalogue.rooms()).get(room_id)
        if summary is None:
            return None
        user_id = parts.identity.read_cookie(cookie_of(scope))
        refusal = await self._closed(scope, caller, summary, user_id or "")
        if refusal is not None:
            return error_answer(scope["path"], 403, sentence(refusal))
        state = parts.look(room_id)
        if state is None:
            room = await parts.store.load_room(room_id)
            if room is None:
                return None
            state = {"snapshot": msgspec.json.encode(room.entities), "user_snapshot": b"{}"}
        shown = b'{"snapshot":%b,"user_snapshot":%b}' % (state["snapshot"], state["user_snapshot"])
        body, headers = await Body(shown).encoded(_accepted(scope))
        return Answer(200, JSON, body, [*_NOT_KEPT, *headers])

    def at_hand(self, scope: "WWWScope", path: str) -> Callable[[Caller], Answer] | None:
        """The page of a room that all may see, if nothing has to be read for it first."""
        rooms = self._parts.catalogue.at_hand() or {}
        room = rooms.get(path.removeprefix(_ROOM)) if path.startswith(_ROOM) else None
        if room is None or self._is_guarded(room):
            return None
        return lambda caller: self._page(room, self._visitor(scope), None, caller)

    async def _room(self, scope: "WWWScope", room_id: str, caller: Caller) -> Answer | None:
        room = (await self._parts.catalogue.rooms()).get(room_id)
        if room is None:
            return None
        user_id = self._visitor(scope)
        return self._page(room, user_id, await self._closed(scope, caller, room, user_id), caller)

    def _visitor(self, scope: "WWWScope") -> str:
        """The user who asks, or a new one."""
        identity = self._parts.identity
        return identity.read_cookie(cookie_of(scope)) or identity.new_user()

    def _page(
        self, room: RoomSummary, user_id: str, refusal: Refused | None, caller: Caller
    ) -> Answer:
        """The room: a scene that the bundle draws, for a visitor whom we know or now name."""
        parts = self._parts
        page = self._stencil().fill(
            room_id=room.room_id,
            name=room.name,
            door=refusal.reason if refusal else "",
            inside=sentence(refusal) if refusal else self._inside(room.room_id),
            site=parts.settings.public_url or caller.origin,
            picture=self._picture(room),
            user_id=user_id,
            token=parts.identity.sign_token(user_id),
        )
        # Never compressed: it holds a secret, beside a name that a stranger chose (BREACH).
        return Answer(
            200, HTML, page.encode(), [*_NOT_KEPT, renewed_cookie(parts, caller, user_id)]
        )

    def _picture(self, room: RoomSummary) -> str:
        """The picture in the preview of a link: of the room's kind, and no room's very own.

        That of a room which is not listed, or not open to all, says nothing of the inside.
        """
        options = self._parts.options(room.room_id)
        listed = room.listed if options is None else options.listed
        if self._is_guarded(room) or not listed:
            return "icon-512.png"
        return f"kinds/{room.kind if room.kind in KINDS else 'plaza'}.jpg"

    def _inside(self, room_id: str) -> str:
        return inside_text(self._parts.present().get(room_id, 0))

    async def _closed(
        self, scope: "WWWScope", caller: Caller, room: RoomSummary, user_id: str
    ) -> Refused | None:
        """Why nothing of the inside is shown to this user; a full room may be looked into."""
        if not self._is_guarded(room):
            return None
        query = parse_qs(scope["query_string"].decode("latin1"))
        invite = query.get("invite", [None])[0]
        refusal = await self._parts.knock(room.room_id, user_id, caller.address, invite)
        return None if refusal is None or refusal.reason is Reason.ROOM_IS_FULL else refusal

    def _is_guarded(self, room: RoomSummary) -> bool:
        options = self._parts.options(room.room_id)
        return room.guarded if options is None else options.guarded

    def _stencil(self) -> Stencil:
        bundle = read_bundle(self._parts.web)
        if self._room_page is None or bundle != self._bundle:
            self._bundle = bundle
            holes = ("room_id", "name", "door", "inside", "user_id", "token", "site", "picture")
            voice = self._parts.settings.voice
            self._room_page = Stencil("room.html", *holes, bundle=bundle, voice=voice)
        return self._room_page


def inside_text(count: int) -> str:
    """The sentence of the Enter dialog on how many are in the room."""
    if not count:
        return "Nobody is inside yet."
    return "1 person is inside." if count == 1 else f"{count} people are inside."


async def list_page(
    parts: Services,
    scope: "WWWScope",
    caller: Caller,
    visitor: str | None,
    wish: Wish = ALL,
) -> Answer:
    """The list of rooms, the newest first, with who is there; 400 with a mistake.

    It gives a stranger an identity, so that they find the room again that they make.
    """
    page = await parts.listing.page(visitor, wish)
    body, headers = await page.encoded(_accepted(scope))
    cookie = renewed_cookie(parts, caller, visitor or parts.identity.new_user())
    return Answer(400 if wish.mistake else 200, HTML, body, [*_ASKED_AGAIN, cookie, *headers])


def _accepted(scope: "WWWScope") -> str:
    return _header(scope, b"accept-encoding")


def _header(scope: "WWWScope", wanted: bytes) -> str:
    return ", ".join(header_values(scope, wanted))
