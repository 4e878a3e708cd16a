"""Changes of rooms by people: make, rename and delete. The pages to look at are in front.py."""

import math
from collections.abc import Mapping
from io import BytesIO

from quart import Blueprint, Response, abort, redirect, request
from quart.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests
from werkzeug.formparser import FormDataParser

from xr.errors import NotFound, RequestRefused
from xr.identity import COOKIE
from xr.names import room_name
from xr.operations.rooms import create_room, delete_rooms, rename_room
from xr.pages.addresses import caller_of
from xr.pages.front import list_page, renewed_cookie
from xr.pages.known import known_rooms
from xr.pages.listing import Mistake
from xr.pages.rendering import render
from xr.pages.services import services
from xr.roles import Capability, may
from xr.store.protocol import RoomSummary

pages = Blueprint("rooms", __name__)

NOT_YOURS = (
    "Only an owner of this room can change it, with the browser that it was made with. "
    "The operator of the server can make you an owner: xr rooms role."
)
GONE = "There is no such room. Perhaps it was deleted."
TOO_MANY = "Too many rooms were made from your address. Make the next one in {minutes} {noun}."
_MOST_FIELDS = 20
_BEHIND_A_LINK = "/.,;:!?)]}>'\""
"""Punctuation that is copied along with a link out of a sentence."""


@pages.post("/rooms")
async def create() -> ResponseReturnValue:
    """Make a room of the form's ``name`` and go back to the list, where it stands on top.

    Its maker, who is given an identity for it, may change and delete it later. The field ``listed``
    says ``on`` or ``off``; without it, the room is listed if nobody could find it otherwise, since
    its maker came without an identity.
    """
    parts = services()
    form = await _form()
    text, visitor = form.get("name", ""), _visitor()
    listed = form.get("listed", "off" if visitor else "on") == "on"
    user_id = visitor or parts.identity.new_user()
    most = parts.settings.max_rooms
    try:
        room_name(text)  # a name that is refused takes no share
        _take_share()
        await create_room(parts, text, made_by=user_id, most=most, listed=listed)
    except RequestRefused as error:
        return await _list_page(Mistake(text, str(error)))
    caller = caller_of(request.scope, parts.settings)
    name_of_cookie, cookie = renewed_cookie(parts, caller, user_id)
    return Response("", 303, {"Location": "/", name_of_cookie.decode(): cookie.decode()})


@pages.post("/rooms/<room_id>/rename")
async def rename(room_id: str) -> ResponseReturnValue:
    """Give the room the form's ``name``."""
    text = (await _form()).get("name", "")
    await _own_room(room_id)
    try:
        await rename_room(services(), room_id, text, user_id=_visitor())
    except NotFound:
        abort(404, description=GONE)
    except RequestRefused as error:
        return await _list_page(Mistake(text, str(error), room_id))
    return redirect("/", 303)


@pages.get("/rooms/<room_id>/delete")
async def ask_about_deletion(room_id: str) -> str:
    """Ask whether the room shall really go."""
    room = await _own_room(room_id)
    present = services().present().get(room_id, 0)
    return render("delete.html", room=room, present=present)


@pages.post("/rooms/<room_id>/delete")
async def delete(room_id: str) -> ResponseReturnValue:
    """Delete the room; whoever is in it is sent away."""
    await _own_room(room_id)
    await delete_rooms(services(), room_id)
    return redirect("/", 303)


@pages.get("/rooms")
async def go_to_list() -> ResponseReturnValue:
    """The address of a form that was refused, asked for again."""
    return redirect("/", 303)


@pages.get("/rooms/<typed>")
@pages.get("/rooms/<path:typed>")
async def find_room(typed: str) -> ResponseReturnValue:
    """Lead to the room whose id was typed in capitals, or came with a dot or slash behind it.

    A room under its very id was answered in front of the app.
    """
    room_id = typed.strip().rstrip(_BEHIND_A_LINK).lower()
    if room_id == typed or room_id not in await services().catalogue.rooms():
        abort(404, description=GONE)
    return redirect(f"/rooms/{room_id}", 308)


async def _list_page(mistake: Mistake) -> Response:
    parts = services()
    caller = caller_of(request.scope, parts.settings)
    answer = await list_page(parts, request.scope, caller, _visitor(), mistake)
    response = Response(answer.body, answer.status, content_type=answer.kind)
    response.headers.extend([(name.decode(), value.decode()) for name, value in answer.headers])
    return response


def _visitor() -> str | None:
    """Whom the request's cookie names, if that is somebody of ours."""
    return services().identity.read_cookie(request.cookies.get(COOKIE))


async def _own_room(room_id: str) -> RoomSummary:
    """The room, for those who may configure it: its owners.

    To others who do not know it, one that is not listed is no room at all.
    """
    parts, visitor = services(), _visitor()
    room = (await parts.catalogue.rooms()).get(room_id)
    if room is None:
        abort(404, description=GONE)
    if not may(room.role_of(visitor), Capability.CONFIGURE):
        hidden = not room.listed and not await known_rooms(parts, {room_id: room}, visitor)
        abort(404 if hidden else 403, description=GONE if hidden else NOT_YOURS)
    return room


def _take_share() -> None:
    """Count a new room of the caller's address, or refuse it."""
    parts = services()
    delay = parts.makers.delay(caller_of(request.scope, parts.settings).address)
    if delay:
        parts.metrics.refused["room rate"] += 1
        minutes = math.ceil(delay / 60)
        text = TOO_MANY.format(minutes=minutes, noun="minute" if minutes == 1 else "minutes")
        raise TooManyRequests(text, retry_after=math.ceil(delay))


async def _form() -> Mapping[str, str]:
    """The fields of the form, of each the first; none if the body is no form.

    The whole body is read first, under the app's limit: Quart's own parser of multipart forms
    takes files of any size.
    """
    body = await request.get_data(cache=True, as_text=False, parse_form_data=False)
    parser = FormDataParser(max_form_parts=_MOST_FIELDS)
    form = parser.parse(BytesIO(body), request.mimetype, len(body), request.mimetype_params)[1]
    return {name: str(value) for name, value in form.items()}
