"""The parts of an operation: its typed arguments, its answer, and how it asks a room."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from xr.errors import NotFound, RequestRefused
from xr.roles import Role
from xr.rooms.protocols import RoomRecord
from xr.wire.reasons import Reason
from xr.wire.refusals import Refused
from xr.world import World

DAY = 86_400
_ROOM = "the room's id, as in its address"
_DAYS = {"ge": 0, "le": 36_500}
_ID = {"max_length": 100}  # as in the database's own checks

# The title is how it is typed: ROOM or [ROOM] at its place, --room ROOM as a flag.
RoomId = Annotated[str, Meta(title="ROOM", description=_ROOM, **_ID)]
PerhapsRoomId = Annotated[str, Meta(title="[ROOM]", description=_ROOM, **_ID)]
InRoomId = Annotated[str, Meta(title="--room ROOM", description="only in this room", **_ID)]
UserId = Annotated[str, Meta(title="USER", description="the user's id", **_ID)]
Name = Annotated[str, Meta(title="NAME", description="the name that is shown")]
Kind = Annotated[
    str, Meta(title="--kind KIND", description="plaza, garden, hall or night; else any of them")
]
ARole = Annotated[Role, Meta(title="|".join(Role), description="the role")]
OnOrOff = Annotated[bool, Meta(title="on|off", description="whether visitors always spawn anew")]
NeverEntered = Annotated[
    bool, Meta(title="--never-entered", description="all rooms that nobody ever entered")
]
MadeBefore = Annotated[
    float,
    Meta(title="--older-than DAYS", description="only rooms that were made so long ago", **_DAYS),
]
MadeBy = Annotated[
    str, Meta(title="--made-by USER", description="only rooms that this user made", **_ID)
]
Text = Annotated[
    str, Meta(title="TEXT", description="the line, up to 500 characters", max_length=500)
]
Matching = Annotated[
    str,
    Meta(title="--matching NAME", description="only rooms of such a name; * is any text", **_ID),
]
InOneRoom = Annotated[str, Meta(title="--room ROOM", description=_ROOM, **_ID)]
KickMinutes = Annotated[
    float,
    Meta(
        title="--minutes MINUTES",
        description="how long they cannot come back (10)",
        ge=0.1,
        le=1440,
    ),
]
Hours = Annotated[
    float,
    Meta(
        title="--hours HOURS",
        description="for how long; without it, or 0, until it is lifted",
        ge=0,
        le=87_600,
    ),
]
UserAlone = Annotated[
    bool,
    Meta(
        title="--user-alone",
        description="let in guests from the same address, who are kept out for a day else",
    ),
]
Muted = Annotated[bool, Meta(title="on|off", description="whether they are muted")]
Unchanged = Annotated[
    float, Meta(title="--days DAYS", description="how long unchanged, in days", **_DAYS)
]

Answer = Mapping[str, Any]
"""The result of an operation, fit for JSON."""


@dataclass(frozen=True)
class Operation:
    """Something that an operator can do.

    ``perform`` takes the world and the arguments, which stand before a ``*`` in its signature; its
    docstring is the help. ``said`` makes a text of its answer. ``begins`` where it may begin a new
    database, ``into_file`` where its answer goes into a file that is named behind,
    ``needs_server`` where it means nothing without one.
    """

    typed: str
    perform: Callable[..., Awaitable[Answer]]
    said: str | Callable[[Answer], str]
    example: str = ""
    begins: bool = False
    into_file: bool = False
    needs_server: bool = False

    @cached_property
    def arguments(self) -> type[msgspec.Struct]:
        """The arguments as a struct, which refuses others and those out of bounds."""
        hints = get_type_hints(self.perform, include_extras=True)
        taken = [
            (item.name, hints[item.name], *([item.default] * (item.default is not item.empty)))
            for item in list(inspect.signature(self.perform).parameters.values())[1:]
            if item.kind is not item.KEYWORD_ONLY
        ]
        return msgspec.defstruct("Arguments", taken, frozen=True, forbid_unknown_fields=True)

    def say(self, answer: Answer) -> str:
        """The answer as text for people."""
        return self.said.format_map(answer) if isinstance(self.said, str) else self.said(answer)


async def ask_room(world: World, room_id: str, intent: str, /, **payload: Any) -> Answer:
    """Ask an intent of a room as its operator; what the room refuses is refused here."""
    try:
        response: Answer = await world.ask(room_id, intent, payload)
    except Refused as refusal:
        raise RequestRefused(refusal.detail or refusal.reason) from refusal
    return response


async def require_room(world: World, room_id: str) -> None:
    """Raise ``NotFound`` where there is no such room."""
    require(any(room.room_id == room_id for room in await world.store.list_rooms()))


async def stored_room(world: World, room_id: str) -> RoomRecord:
    """The room as the store has it; raises ``NotFound`` where there is none."""
    record = await world.store.load_room(room_id)
    if record is None:
        raise NotFound(Reason.NO_SUCH_ROOM)
    return record


def require(found: bool, otherwise: str = Reason.NO_SUCH_ROOM) -> None:
    """Raise ``NotFound`` with a sentence unless something was found."""
    if not found:
        raise NotFound(otherwise)


def minute(moment: float | None) -> str:
    """The moment, unix seconds, to the minute; None is now."""
    return "now" if moment is None else f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M}"
