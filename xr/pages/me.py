"""The page about the visitor: all that is stored about them, to see, to download and to delete."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import trio
from quart import Blueprint, Response, redirect, request
from quart.typing import ResponseReturnValue

from xr.pages.access import visitor
from xr.pages.answers import JSON
from xr.pages.known import known_rooms
from xr.pages.rendering import render
from xr.pages.services import Services, services
from xr.pages.settings_view import kept_out
from xr.profile import default_profile
from xr.roles import Role
from xr.rooms.standings import PLAIN
from xr.store.protocol import RoomSummary, UserRecord

log = logging.getLogger(__name__)

me = Blueprint("me", __name__)

_PATIENCE = 3.0
"""Seconds to wait for the disk, or for a visitor to have left all rooms."""


@dataclass(frozen=True)
class Stay:
    """A room and the words for what is stored about the visitor in it."""

    room: RoomSummary
    words: str


@me.get("/me")
async def show() -> str:
    """All that is stored about the visitor."""
    parts, user_id = services(), visitor()
    written = user_id is None or await _settle(parts, user_id)
    kept = UserRecord() if user_id is None else await parts.store.load_user(user_id)
    known = await known_rooms(parts, await parts.catalogue.rooms(), user_id)
    return render(
        "me.html",
        user_id=user_id,
        profile=kept.profile or (user_id and default_profile(user_id)),
        chosen=kept.profile is not None,
        seen=kept.seen,
        stays=[Stay(room, ", ".join(_words(room, kept, user_id))) for room in known.values()],
        lines=[line for found in kept.lines.values() for line in found],
        inside=await _inside(parts, user_id),
        written=written,
        forgotten="forgotten" in request.args,
    )


@me.get("/me/data")
async def download() -> Response:
    """The same as a file."""
    parts, user_id = services(), visitor()
    data: dict[str, Any] = {"user_id": user_id}
    if user_id is not None:
        await _settle(parts, user_id)
        data |= msgspec.to_builtins(await parts.store.load_user(user_id))
        for standing in data["standings"].values():
            if standing["bar"] is not None:  # keyed hashes, of use to nobody
                del standing["bar"]["addresses"], standing["bar"]["addresses_until"]
        rooms = await parts.catalogue.rooms()
        data["made"] = [key for key, room in rooms.items() if room.made_by == user_id]
    body = msgspec.json.format(msgspec.json.encode(data), indent=2)
    name = 'attachment; filename="about-me.json"'
    return Response(body, 200, {"Content-Disposition": name}, content_type=JSON)


@me.get("/me/forget")
async def ask_about_forgetting() -> str:
    """Ask whether all of it shall really go."""
    parts, user_id = services(), visitor()
    rooms = (await parts.catalogue.rooms()).values()
    owned = [room for room in rooms if user_id and room.role_of(user_id) is Role.OWNER]
    return render("forget.html", owned=owned, inside=await _inside(parts, user_id))


@me.post("/me/forget")
async def forget() -> ResponseReturnValue:
    """Delete all that is stored about the visitor, in open rooms too, which they leave for it."""
    user_id = visitor()
    if user_id is not None:
        await _leave_all(services(), user_id)
        await services().forget_user(user_id)
        log.info("user.forgotten user=%s: as they asked", user_id)
    return redirect("/me?forgotten", 303)


async def _leave_all(parts: Services, user_id: str) -> None:
    """End the visitor's visits first: somebody who is inside is stored again."""
    with trio.move_on_after(_PATIENCE):
        await parts.send_out(user_id)


async def _settle(parts: Services, user_id: str) -> bool:
    """Have all that is known of the visitor written; False if the disk does not take it now."""
    with trio.move_on_after(_PATIENCE):
        return await parts.settle(user_id)
    return False


async def _inside(parts: Services, user_id: str | None) -> list[RoomSummary]:
    """The rooms in which the visitor is now."""
    rooms = await parts.catalogue.rooms()
    return [
        rooms[room_id]
        for room_id in parts.present()
        if room_id in rooms and user_id in parts.who(room_id)
    ]


def _words(room: RoomSummary, kept: UserRecord, user_id: str | None) -> Iterator[str]:
    if room.made_by == user_id:
        yield "made by you"
    standing = kept.standings.get(room.room_id, PLAIN)
    if standing.role is not Role.GUEST:
        yield f"you are {'an' if standing.role is Role.OWNER else 'a'} {standing.role}"
    if standing.muted:
        yield "you are muted"
    yield from filter(None, [kept_out(standing)])
    if room.room_id in kept.poses:
        yield "the place where you stood last"
    if room.room_id in kept.let_in:
        yield "you gave its password"
    if room.room_id in kept.invites:
        yield f"invites that you made: {len(kept.invites[room.room_id])}"
    if room.room_id in kept.lines:
        yield f"lines of chat: {len(kept.lines[room.room_id])}"
