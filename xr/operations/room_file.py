"""A room as one file: JSON in a versioned format, which docs/room-file.md describes.

The command line writes and reads it, and the owner's download on the settings page is the same.
"""

import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import trio
from msgspec import Meta
from msgspec.structs import asdict, fields, replace

from xr import __version__
from xr.errors import InvalidPose, RequestRefused, StoreError
from xr.operations.kinds import Answer, RoomId, stored_room
from xr.passwords import is_usual_hash
from xr.pose import Pose, checked
from xr.profile import LONGEST_NAME
from xr.roles import Role
from xr.rooms.invites import Invite
from xr.rooms.options import Options
from xr.rooms.protocols import LINES, LONGEST_LINE, Line, RoomRecord
from xr.rooms.standings import Bar, Standing
from xr.store.protocol import new_room_id
from xr.wire.reasons import Reason
from xr.world import World

VERSION = 1
"""Grows with each change that an earlier version would not understand."""
MOST = 4 * 1024 * 1024
"""Characters of a file that is read."""
PATIENCE = 10.0
"""Seconds that an export waits for the disk."""
MOST_THINGS = 512 * 1024
"""Bytes of the entities as a newcomer is sent them: a connection whose peer is slow keeps little
more (``serving/carrier.py``), and is closed.
"""

_ROOM_ID = r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}\Z"  # a command line takes a hyphen for a flag
_END = 1e11  # unix seconds: far away, and a date for all who show it
_Id = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,100}\Z")]
_RoomId = Annotated[str, Meta(pattern=_ROOM_ID)]
_LineId = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,32}\Z")]
_Time = Annotated[float, Meta(ge=0, le=_END)]
_Capacity = Annotated[int, Meta(ge=1, le=65_535)]

Document = Annotated[
    str,
    Meta(
        title="FILE",
        description="a file of xr rooms export; - is standard input",
        max_length=MOST,
        extra={"file": True},
    ),
]
AsId = Annotated[
    str,
    Meta(
        title="--as ID",
        description="the id of the new room; else that of the file, or a new one if it is taken",
        pattern=_ROOM_ID,
    ),
]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the file, which has no other keys."""


class _FileBar(_Strict, frozen=True):
    why: Literal["kicked", "banned"]
    until: _Time | None


class _FileStanding(_Strict, frozen=True):
    role: Role
    muted: bool
    bar: _FileBar | None


class _FileInvite(Invite, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An invite without its id: its link is signed by the server that made it."""

    made_by: _Id | None
    made_at: _Time
    expires_at: _Time | None = None


class _FileLine(Line, frozen=True, forbid_unknown_fields=True):
    """A line of chat, within the bounds of the database, which leaves out others in silence."""

    user_id: _Id
    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_LINE)]
    at: Annotated[int, Meta(ge=0, le=int(_END) * 1000)]


class _FilePose(Pose, frozen=True, forbid_unknown_fields=True):
    """A pose."""


_OPTIONS = [each for each in fields(Options) if each.name != "password_epoch"]
_BOUNDS: Mapping[str, Any] = {"capacity": _Capacity | None}
_FileOptions = msgspec.defstruct(
    "_FileOptions",
    [(each.name, _BOUNDS.get(each.name, each.type), each.default) for each in _OPTIONS],
    frozen=True,
    forbid_unknown_fields=True,
)


class _Head(msgspec.Struct, frozen=True):
    """The part that says whether the rest can be understood."""

    format: Literal["xr-room"]
    version: int


class RoomFile(_Strict, frozen=True, kw_only=True):
    """The whole file. ``left_out`` names what the one who wrote it was not given."""

    format: Literal["xr-room"] = "xr-room"
    version: Literal[1] = 1
    xr: str = __version__
    exported_at: _Time
    room_id: _RoomId
    left_out: tuple[Literal["password", "poses"], ...] = ()
    options: _FileOptions  # type: ignore[valid-type]
    entities: dict[_Id, dict[_Id, Any]]
    standings: dict[_Id, _FileStanding]
    invites: list[_FileInvite]
    lines: Annotated[dict[_LineId, _FileLine], Meta(max_length=LINES)]
    poses: dict[_Id, _FilePose]


def room_file(room: RoomRecord, poses: Mapping[str, Pose] | None = None) -> dict[str, Any]:
    """The room as a file. Without ``poses`` it is one for an owner: poses and password stay out.

    Hashed addresses and the ids of invites are in none: they mean nothing to another server.
    """
    whole: dict[str, Any] = msgspec.to_builtins(room)
    options = whole["options"]
    del options["password_epoch"]
    left_out = []
    if poses is None:
        left_out = ["poses", *(["password"] if options["password"] is not None else [])]
        options["password"] = None
    for standing in whole["standings"].values():
        if standing["bar"] is not None:
            del standing["bar"]["addresses"], standing["bar"]["addresses_until"]
    head = {"format": "xr-room", "version": VERSION, "xr": __version__, "exported_at": time.time()}
    whole |= {"left_out": left_out, "invites": list(whole["invites"].values())}
    return {**head, **whole, "poses": msgspec.to_builtins(poses or {})}


def pretty(document: Mapping[str, Any]) -> str:
    """The text of a file, for people to read too."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


async def export_room(world: World, room_id: RoomId) -> Answer:
    """Write a room into a file: what stands in it, options, roles, poses, invites and chat.

    Changes that the running server has yet to write are in it. Keep it secret.
    """
    await write_first(world, room_id)
    record = await stored_room(world, room_id)
    return {"room": room_file(record, await world.store.poses(room_id))}


async def write_first(world: World, room_id: str) -> None:
    """Have the room written, so that the store has it as it is now.

    Raises:
        StoreError: the disk does not take it now.
    """
    with trio.move_on_after(PATIENCE):
        if await world.write(room_id):
            return
    raise StoreError(f"the last changes of room {room_id} cannot be written now: try again soon")


async def import_room(world: World, document: Document, as_id: AsId | None = None) -> Answer:
    """Make a room from a file of xr rooms export, and print its id."""
    file = read_room_file(document)
    record, poses = _record(file), _poses(file)
    for room_id in (as_id or file.room_id, *([] if as_id else [new_room_id()])):
        if await world.store.insert_room(replace(record, room_id=room_id), poses):
            return {"id": room_id, "locked": "password" in file.left_out}
    raise RequestRefused(f"there is a room {as_id} already: choose another id, or delete that room")


def say_imported(answer: Answer) -> str:
    """The answer as text for people."""
    if not answer["locked"]:
        return str(answer["id"])
    return f"{answer['id']}\nits password is not in the file, so it is locked: see xr rooms set"


def read_room_file(document: str) -> RoomFile:
    """The file, checked.

    Raises:
        RequestRefused: it is none, or has something that this version does not understand.
    """
    try:
        head = msgspec.json.decode(document, type=_Head)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RequestRefused(f"this is no file of xr rooms export: {error}") from error
    if head.version != VERSION:
        raise RequestRefused(
            f"the file has version {head.version} of its format, and xr {__version__} understands "
            f"version {VERSION} only: import it with a newer xr"
        )
    try:
        file = msgspec.json.decode(document, type=RoomFile)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RequestRefused(
            f"xr {__version__} does not understand the file: {error}. Nothing was imported."
        ) from error
    password: str | None = file.options.password  # type: ignore[attr-defined]
    if password is not None and not is_usual_hash(password):
        raise RequestRefused(
            "the password in the file is no hash as xr makes them. Nothing was imported."
        )
    if len(msgspec.json.encode(file.entities)) > MOST_THINGS:
        raise RequestRefused(
            f"the things in the file take more than {MOST_THINGS >> 10} KiB, which is too much to "
            "send to each newcomer. Nothing was imported."
        )
    return file


def _record(file: RoomFile) -> RoomRecord:
    now = time.time()
    options = Options(**asdict(file.options))
    return RoomRecord(
        file.room_id,
        replace(options, locked=True) if "password" in file.left_out else options,
        file.entities,
        {user_id: _standing(each) for user_id, each in file.standings.items()},
        {new_room_id(): Invite(**asdict(each)) for each in file.invites if each.holds(now)},
        {line_id: Line(**asdict(each)) for line_id, each in file.lines.items()},
    )


def _standing(found: _FileStanding) -> Standing:
    bar = None if found.bar is None else Bar(Reason(found.bar.why), found.bar.until)
    return Standing(found.role, found.muted, bar)


def _poses(file: RoomFile) -> dict[str, Pose]:
    try:
        return {
            user_id: checked(Pose(each.position, each.rotation, each.left, each.right))
            for user_id, each in file.poses.items()
        }
    except InvalidPose as error:
        raise RequestRefused(f"a pose in the file is none: {error}") from error
