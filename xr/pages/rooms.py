"""The pages for people: the list of rooms, what one does to a room, and the room itself."""

import logging
import math
from dataclasses import dataclass
from io import BytesIO

from quart import Blueprint, Response, abort, redirect, request
from quart.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests
from werkzeug.formparser import FormDataParser

from xr.pages.addresses import caller_of
from xr.pages.bundle import read_bundle
from xr.pages.identity import COOKIE, COOKIE_SECONDS
from xr.pages.rendering import render
from xr.pages.services import services
from xr.pages.upkeep import make_room, remove_room, room_name
from xr.store.protocol import RoomsFull

log = logging.getLogger(__name__)

pages = Blueprint("rooms", __name__)

NOT_YOURS = (
    "Only who made this room can change it, with the browser that it was made with. "
    "Who runs the server can, too: xr rooms --help."
)
GONE = "There is no such room. Perhaps it was deleted."
TOO_MANY = "Too many rooms were made from your address. Make the next one in {minutes} {noun}."
_MOST_FIELDS = 20


@dataclass(frozen=True)
class Mistake:
    """A name that was refused: the text as it was typed, why, and for which room (None: new)."""

    text: str
    reason: str
    room_id: str | None = None


@pages.get("/")
async def list_rooms() -> Response:
    """All rooms, the newest first, with who is there."""
    response = await _list_page()
    user_id = _visitor()
    if user_id is not None:
        _remember(response, user_id)
    return response


@pages.post("/rooms")
async def create_room() -> ResponseReturnValue:
    """Make a room of the form's ``name`` and go back to the list, where it stands on top.

    Its maker, who is given an identity for it, may rename and delete it later.
    """
    here = services()
    text = await _typed_name()
    user_id = _visitor() or here.identity.new_user()
    try:
        name = room_name(text)
        _take_share()
        await make_room(here, name, user_id, here.settings.max_rooms)
    except (ValueError, RoomsFull) as error:
        return await _list_page(Mistake(text, str(error)))
    response = Response("", 303, {"Location": "/"})
    _remember(response, user_id)
    return response


@pages.post("/rooms/<room_id>/rename")
async def rename_room(room_id: str) -> ResponseReturnValue:
    """Give the room the form's ``name``."""
    text = await _typed_name()
    await _refuse_strangers(room_id)
    try:
        name = room_name(text)
    except ValueError as error:
        return await _list_page(Mistake(text, str(error), room_id))
    if not await services().store.rename_room(room_id, name):
        abort(404, description=GONE)
    log.info("room.renamed room=%s name=%r", room_id, name)
    return redirect("/", 303)


@pages.get("/rooms/<room_id>/delete")
async def ask_about_deletion(room_id: str) -> str:
    """Ask whether the room shall really go."""
    await _refuse_strangers(room_id)
    room = await services().store.load_room(room_id)
    if room is None:
        abort(404, description=GONE)
    present = services().present().get(room_id, 0)
    return render("delete.html", room=room, present=present)


@pages.post("/rooms/<room_id>/delete")
async def delete_room(room_id: str) -> ResponseReturnValue:
    """Delete the room; whoever is in it is sent away."""
    await _refuse_strangers(room_id)
    if not await remove_room(services(), room_id):
        abort(404, description=GONE)
    return redirect("/", 303)


@pages.get("/rooms/<room_id>")
async def show_room(room_id: str) -> Response:
    """The room: a scene that the browser bundle draws, for a visitor whom we know or now name."""
    here = services()
    room = await here.store.load_room(room_id)
    if room is None:
        abort(404, description=GONE)
    user_id = _visitor() or here.identity.new_user()
    page = render(
        "room.html",
        room=room,
        user_id=user_id,
        token=here.identity.sign_token(user_id),
        bundle=read_bundle(here.web),
    )
    response = Response(page, headers={"Cache-Control": "no-store"})
    _remember(response, user_id)
    return response


async def _list_page(mistake: Mistake | None = None) -> Response:
    here = services()
    page = render(
        "rooms.html",
        rooms=await here.store.list_rooms(),
        present=here.present(),
        visitor=_visitor(),
        mistake=mistake,
    )
    # Not no-store: the way back from a room should not need the network twice.
    return Response(page, 400 if mistake else 200, {"Cache-Control": "private, no-cache"})


def _visitor() -> str | None:
    """Whom the request's cookie names, if that is somebody of ours."""
    return services().identity.read_cookie(request.cookies.get(COOKIE))


async def _refuse_strangers(room_id: str) -> None:
    """Let only the maker of a room change it."""
    store, visitor = services().store, _visitor()
    if visitor is not None and await store.maker_of(room_id) == visitor:
        return
    if await store.load_room(room_id) is None:
        abort(404, description=GONE)
    abort(403, description=NOT_YOURS)


def _take_share() -> None:
    """Count a new room of the caller's address, or refuse it."""
    here = services()
    delay = here.makers.delay(caller_of(request.scope, here.settings).address)
    if delay:
        here.refused["room rate"] += 1
        minutes = math.ceil(delay / 60)
        text = TOO_MANY.format(minutes=minutes, noun="minute" if minutes == 1 else "minutes")
        raise TooManyRequests(text, retry_after=math.ceil(delay))


async def _typed_name() -> str:
    """The form's ``name``, or nothing.

    The whole body is read first, under the app's limit: Quart's own parser of multipart forms
    takes files of any size.
    """
    body = await request.get_data(cache=True, as_text=False, parse_form_data=False)
    parser = FormDataParser(max_form_parts=_MOST_FIELDS)
    form = parser.parse(BytesIO(body), request.mimetype, len(body), request.mimetype_params)[1]
    return str(form.get("name", ""))


def _remember(response: Response, user_id: str) -> None:
    here = services()
    public_url = here.settings.public_url or ""
    scheme = caller_of(request.scope, here.settings).scheme
    response.set_cookie(
        COOKIE,
        here.identity.sign_cookie(user_id),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=scheme == "https" or public_url.startswith("https:"),
    )
