"""What the command line asks of a running server, so that there is one who writes.

Only from this machine, and only with a token that is signed with the server's secret.
"""

import logging
from typing import Annotated, Any, TypeVar

import msgspec
from quart import Blueprint, Response, abort, jsonify, request

from xr.pages.addresses import caller_of
from xr.pages.services import services
from xr.pages.upkeep import make_room, remove_room, remove_unentered_rooms, room_name
from xr.wire.reasons import Reason

log = logging.getLogger(__name__)

admin = Blueprint("admin", __name__, url_prefix="/admin")

_DAY = 86400

_A = TypeVar("_A", bound="_Arguments")


class _Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a command takes; a wrong or unknown argument is an error that names it."""


class _Nothing(_Arguments, frozen=True):
    pass


class _Name(_Arguments, frozen=True):
    name: str


class _Rooms(_Arguments, frozen=True):
    """One room, or those that nobody entered since they were made, so many days ago."""

    room_id: str | None = None
    never_entered: bool = False
    days: Annotated[float, msgspec.Meta(ge=0, le=36500)] = 0


class _RoomAndName(_Arguments, frozen=True):
    room_id: str
    name: str


class _RoomAndChoice(_Arguments, frozen=True):
    room_id: str
    always_spawn: bool


class _User(_Arguments, frozen=True):
    user_id: str
    room_id: str | None = None


class _Age(_Arguments, frozen=True):
    days: Annotated[float, msgspec.Meta(ge=0, le=36500)]


@admin.before_request
async def admit() -> None:
    """Let in who is on this machine and knows the secret."""
    here = services()
    if not caller_of(request.scope, here.settings).local:
        abort(403, description="Commands are taken from this machine only, and from no proxy.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not here.identity.is_admin(token):
        abort(403, description="The token is missing, forged or expired.")


@admin.post("/rooms-list")
async def rooms_list() -> Response:
    """All rooms, the newest first."""
    await _arguments(_Nothing)
    present = services().present()
    rooms = [
        {
            "id": room.room_id,
            "name": room.name,
            "created_at": room.created_at,
            "present": present.get(room.room_id, 0),
        }
        for room in await services().store.list_rooms()
    ]
    return _done(rooms=rooms)


@admin.post("/rooms-create")
async def rooms_create() -> Response:
    """Make a furnished room."""
    given = await _arguments(_Name)
    return _done(id=await make_room(services(), _checked(given.name)))


@admin.post("/rooms-rename")
async def rooms_rename() -> Response:
    """Give a room another name."""
    given = await _arguments(_RoomAndName)
    return _found(await services().store.rename_room(given.room_id, _checked(given.name)))


@admin.post("/rooms-delete")
async def rooms_delete() -> Response:
    """Delete a room and send away who is in it, or delete all that nobody ever entered."""
    given = await _arguments(_Rooms)
    if given.never_entered and given.room_id is None:
        return _done(deleted=await remove_unentered_rooms(services(), given.days * _DAY))
    if given.room_id is None or given.never_entered:
        abort(400, description="name either a room or never_entered")
    return _found(await remove_room(services(), given.room_id))


@admin.post("/rooms-always-spawn")
async def rooms_always_spawn() -> Response:
    """Say whether everybody spawns anew in a room."""
    given = await _arguments(_RoomAndChoice)
    found = await services().store.set_always_spawn(given.room_id, given.always_spawn)
    services().always_spawn(given.room_id, given.always_spawn)
    return _found(found)


@admin.post("/users-forget")
async def users_forget() -> Response:
    """Forget where a user stood, in one room or in all."""
    given = await _arguments(_User)
    return _done(forgotten=await services().forget(given.user_id, given.room_id))


@admin.post("/users-kick")
async def users_kick() -> Response:
    """Close a user's connections for good, in one room or in all."""
    given = await _arguments(_User)
    return _done(kicked=services().kick(given.user_id, given.room_id))


@admin.post("/poses-forget")
async def poses_forget() -> Response:
    """Forget poses that did not change for so many days."""
    given = await _arguments(_Age)
    return _done(forgotten=await services().store.forget_older_than(given.days * _DAY))


async def _arguments(kind: type[_A]) -> _A:
    try:
        given = msgspec.json.decode(await request.get_data() or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        abort(400, description=str(error))
    log.info("admin.asked command=%s arguments=%r", request.path.rpartition("/")[2], given)
    return given


def _checked(name: str) -> str:
    try:
        return room_name(name)
    except ValueError as error:
        abort(400, description=str(error))


def _found(found: bool) -> Response:
    if not found:
        abort(404, description=Reason.NO_SUCH_ROOM)
    return _done()


def _done(**results: Any) -> Response:
    return jsonify({"ok": True, **results})
