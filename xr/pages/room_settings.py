"""The settings page of a room: all that its owners and moderators do without the client.

Every form asks an intent of the room, as its sender. So the room decides by the standings that hold
now, tells those inside, and writes it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from xr.operations.room_file import pretty, room_file, write_first
from xr.pages import settings_view as view
from xr.pages.access import Manager, manager, read_form
from xr.pages.addresses import caller_of
from xr.pages.answers import JSON
from xr.pages.door import sentence
from xr.pages.forms import FORMS, payload_of
from xr.pages.guard import own_origin
from xr.pages.rendering import render
from xr.pages.services import services
from xr.passwords import LONGEST, SHORTEST
from xr.roles import Capability, Role
from xr.rooms.options import Who
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused

log = logging.getLogger(__name__)

room_settings = Blueprint("room settings", __name__)

_NAMES = ",".join(FORMS)
_CODES = {Reason.NOT_ALLOWED: 403, Reason.RESTARTING: 503, Reason.DATABASE: 503}
_WHO = {
    Who.EVERYBODY: "Everybody",
    Who.MEMBERS: "Members, moderators and owners",
    Who.MODERATORS: "Moderators and owners",
}


@dataclass(frozen=True)
class Failure:
    """A form that was refused: the section it stands in, why, and the fields as they were typed."""

    section: str
    text: str
    typed: Mapping[str, str]


@room_settings.get("/rooms/<room_id>/settings")
async def show(room_id: str) -> str:
    """The settings of a room, for its owners; a part of them for moderators."""
    return await _page(await manager(room_id, Capability.MODERATE))


@room_settings.post(f"/rooms/<room_id>/settings/<any({_NAMES}):name>")
async def obey(room_id: str, name: str) -> ResponseReturnValue:
    """Ask the intent of a form, and go back to its section."""
    sender = await manager(room_id, Capability.MODERATE)
    form, typed = FORMS[name], await read_form()
    try:
        payload = payload_of(form, typed)
        await services().ask(room_id, form.intent, payload, sender.user_id)
    except Refused as refusal:
        failure = Failure(form.section, sentence(refusal), typed)
        sender = await manager(room_id, Capability.MODERATE)  # as it is now
        return await _page(sender, failure), _CODES.get(refusal.reason, 400)
    log.info("room.set room=%s form=%s user=%s", room_id, name, sender.user_id)
    return redirect(f"/rooms/{room_id}/settings?saved={form.section}#{form.section}", 303)


@room_settings.get("/rooms/<room_id>/export")
async def export(room_id: str) -> Response:
    """The room as a file for its owners: without its password, and where people stood."""
    await manager(room_id, Capability.CONFIGURE)
    await write_first(services(), room_id)
    owner = await manager(room_id, Capability.CONFIGURE)  # as it is now
    body = pretty(room_file(owner.room))
    name = f'attachment; filename="room-{room_id}.json"'
    return Response(body, 200, {"Content-Disposition": name}, content_type=JSON)


async def _page(sender: Manager, failure: Failure | None = None) -> str:
    parts, room_id = services(), sender.room.room_id
    people, left_out = await view.people(parts, sender)
    return render(
        "settings.html",
        room_id=room_id,
        options=sender.room.options,
        owner=sender.may(Capability.CONFIGURE),
        people=people,
        left_out=left_out,
        roles=list(Role),
        who=_WHO,
        lengths=(SHORTEST, LONGEST),
        invites=list(view.invites(parts, sender)),
        invite_roles=view.roles_to_give(sender),
        address=own_origin(caller_of(request.scope, parts.settings), parts.settings)
        + parts.settings.prefix,
        acts=await view.acts(parts, sender),
        audit_days=parts.settings.audit_days,
        saved=request.args.get("saved", "") if failure is None else "",
        failure=failure,
    )
