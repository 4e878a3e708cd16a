"""The visitor who asks for a page about one room, and whether they may see or change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import msgspec
from quart import abort, request
from werkzeug.formparser import FormDataParser

from xr.identity import COOKIE
from xr.pages.known import known_rooms
from xr.pages.services import Services, services
from xr.roles import Capability, Role, may
from xr.rooms.protocols import RoomRecord
from xr.rooms.standings import PLAIN

GONE = "There is no such room. Perhaps it was deleted."
NOT_YOURS = {
    Capability.CONFIGURE: (
        "Only an owner of this room can do this, with the browser that the room was made with. "
        "The operator of the server can make you an owner: xr rooms role."
    ),
    Capability.MODERATE: (
        "Only owners and moderators of this room can see this, with the browser in which they are "
        "that. An owner of the room can make you a moderator."
    ),
}
"""The sentence for those who lack a capability."""
_MOST_FIELDS = 20


@dataclass(frozen=True)
class Manager:
    """Somebody who may do something to a room: the room as it is now, and their role in it."""

    room: RoomRecord
    user_id: str
    role: Role

    def may(self, capability: Capability) -> bool:
        """Whether they have the capability."""
        return may(self.role, capability)


async def manager(room_id: str, capability: Capability) -> Manager:
    """The visitor who asks, where they have the capability in the room.

    To others who do not know it, a room that is not listed is no room at all.

    Raises:
        HTTPException: 404, there is no such room for them; 403, they may not.
        StoreError: the store cannot be read.
    """
    parts, user_id = services(), visitor()
    room = await current_room(parts, room_id)
    if room is None:
        abort(404, description=GONE)
    role = Role.GUEST if user_id is None else room.standings.get(user_id, PLAIN).role
    if user_id is None or not may(role, capability):
        rooms = {k: each for k, each in (await parts.catalogue.rooms()).items() if k == room_id}
        hidden = not room.options.listed and not await known_rooms(parts, rooms, user_id)
        abort(404 if hidden else 403, description=GONE if hidden else NOT_YOURS[capability])
    return Manager(room, user_id, role)


async def current_room(parts: Services, room_id: str) -> RoomRecord | None:
    """The room with the options, standings and invites that hold now, written or not."""
    stored = await parts.store.load_room(room_id)
    opened = parts.record(room_id)
    if stored is None or opened is None:
        return stored
    return msgspec.structs.replace(opened, entities=stored.entities, lines=stored.lines)


def visitor() -> str | None:
    """The user whom the request's cookie names, if that is somebody of ours."""
    return services().identity.read_cookie(request.cookies.get(COOKIE))


async def read_form() -> Mapping[str, str]:
    """The fields of the form, of each the last; none if the body is no form.

    The whole body is read first, under the app's limit: Quart's own parser of multipart forms
    takes files of any size.
    """
    body = await request.get_data(cache=True, as_text=False, parse_form_data=False)
    parser = FormDataParser(max_form_parts=_MOST_FIELDS)
    form = parser.parse(BytesIO(body), request.mimetype, len(body), request.mimetype_params)[1]
    return {name: str(values[-1]) for name, values in form.lists()}
