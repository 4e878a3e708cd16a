"""Rooms made and deleted by people. The pages to look at are in front.py."""

import math

from quart import Blueprint, Response, abort, redirect, request
from quart.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from xr.errors import RequestRefused
from xr.names import room_name
from xr.operations.rooms import create_room, delete_rooms
from xr.pages.access import GONE, manager, read_form, visitor
from xr.pages.addresses import caller_of
from xr.pages.cookies import renewed_cookie
from xr.pages.front import list_page
from xr.pages.listing import Mistake, Wish
from xr.pages.making import REFUSALS, may_make
from xr.pages.rendering import render
from xr.pages.services import services
from xr.roles import Capability

pages = Blueprint("rooms", __name__)

TOO_MANY = "Too many rooms were made from your address. Make the next one in {minutes} {noun}."
_BEHIND_A_LINK = "/.,;:!?)]}>'\""
"""Punctuation that is copied along with a link out of a sentence."""


@pages.post("/rooms")
async def create() -> ResponseReturnValue:
    """Make a room of the form's ``name`` and go back to the list, where it stands on top.

    Its maker, who is given an identity for it, may change and delete it later. The field ``listed``
    says ``on`` or ``off``; without it, the room is listed if nobody could find it otherwise, since
    its maker came without an identity. The field ``kind`` names one of ``KINDS``.
    """
    parts = services()
    form = await read_form()
    text, user_id = form.get("name", ""), visitor()
    if not may_make(parts.settings, (await parts.catalogue.rooms()).values(), user_id):
        abort(403, description=REFUSALS[parts.settings.makers])
    listed = form.get("listed", "off" if user_id else "on") == "on"
    user_id = user_id or parts.identity.new_user()
    most = parts.settings.max_rooms
    try:
        room_name(text)  # a name that is refused takes no share
        _take_share()
        kind = form.get("kind") or None
        await create_room(parts, text, kind, made_by=user_id, most=most, listed=listed)
    except RequestRefused as error:
        return await _list_page(Mistake(text, str(error)))
    caller = caller_of(request.scope, parts.settings)
    name_of_cookie, cookie = renewed_cookie(parts, caller, user_id)
    return Response("", 303, {"Location": "/", name_of_cookie.decode(): cookie.decode()})


@pages.get("/rooms/<room_id>/delete")
async def ask_about_deletion(room_id: str) -> str:
    """Ask whether the room shall really go."""
    owner = await manager(room_id, Capability.CONFIGURE)
    present = services().present().get(room_id, 0)
    return render("delete.html", room_id=room_id, name=owner.room.options.name, present=present)


@pages.post("/rooms/<room_id>/delete")
async def delete(room_id: str) -> ResponseReturnValue:
    """Delete the room; whoever is in it is sent away."""
    await manager(room_id, Capability.CONFIGURE)
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
    wish = Wish(mistake=mistake)
    answer = await list_page(parts, request.scope, caller, visitor(), wish)
    response = Response(answer.body, answer.status, content_type=answer.kind)
    response.headers.extend([(name.decode(), value.decode()) for name, value in answer.headers])
    return response


def _take_share() -> None:
    """Count a new room of the caller's address, or refuse it."""
    parts = services()
    delay = parts.makers.delay(caller_of(request.scope, parts.settings).address)
    if delay:
        parts.metrics.refused["room rate"] += 1
        minutes = math.ceil(delay / 60)
        text = TOO_MANY.format(minutes=minutes, noun="minute" if minutes == 1 else "minutes")
        raise TooManyRequests(text, retry_after=math.ceil(delay))
