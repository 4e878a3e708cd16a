"""The words and numbers of the operator's page, as its template shows them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import trio

from xr import __version__
from xr.channels.endpoint import OpenSocket
from xr.monitoring.vitals import Vitals
from xr.pages.plots import megabytes, percent, seconds
from xr.pages.services import Services
from xr.pages.settings_view import kept_out
from xr.profile import Profile
from xr.roles import Role
from xr.rooms.protocols import RoomRecord
from xr.rooms.standings import PLAIN

MOST_ROOMS = 50
MOST_USERS = 100
"""Rooms that the page shows, and users of a room."""
_PROGRAMS = {
    "OculusBrowser": "Quest browser",
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = ("Quest", "Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


@dataclass(frozen=True)
class Figure:
    """A number of this moment, with a few words on it."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Connection:
    """A websocket: its address, program, age and messages, in words."""

    address: str
    program: str
    age: str
    messages: int


@dataclass(frozen=True)
class Person:
    """A user in a room, or one who is kept out of it."""

    user_id: str
    name: str
    role: Role
    muted: bool
    connections: Sequence[Connection] = ()
    kept_out: str = ""


@dataclass(frozen=True)
class ShownRoom:
    """An open room, its people, and those who are kept out."""

    room_id: str
    name: str
    locked: bool
    count: int
    people: Sequence[Person]
    barred: Sequence[Person]


@dataclass(frozen=True)
class ShownWarning:
    """A line of the log."""

    at: str
    level: str
    text: str


def figures(parts: Services, vitals: Vitals) -> Sequence[Figure]:
    """The numbers on top of the page."""
    last, files, limits = parts.history.last, vitals.files, parts.settings
    per_server = f"of {limits.max_clients}" if limits.max_clients else ""
    return [
        Figure("People", str(vitals.users), f"in {_count(vitals.rooms, 'open room')}"),
        Figure("Websockets", str(vitals.websockets), per_server),
        Figure("HTTP connections", str(parts.metrics.http_connections)),
        Figure("Processor", percent(last.cpu) if last else "–", "of one core"),
        Figure("Memory", megabytes(last.memory) if last else "–"),
        Figure("Ticks late", seconds(last.lateness) if last else "–", "99 of 100 within"),
        Figure("Unwritten", seconds(vitals.unwritten), "age of the oldest change"),
        Figure("Database", megabytes(files.database), f"log {megabytes(files.log)}"),
        Figure("Disk", megabytes(files.free), "free"),
        Figure("Tasks", str(vitals.tasks), f"version {__version__}"),
    ]


async def rooms(parts: Services) -> tuple[Sequence[ShownRoom], int]:
    """The open rooms, the fullest first, and how many are left out."""
    present = parts.present()
    names = sorted(present, key=lambda room_id: (-present[room_id], room_id))
    shown = names[:MOST_ROOMS]
    open_sockets = _by_room(parts.open_sockets())
    records = {room_id: parts.record(room_id) for room_id in shown}
    barred = {
        room_id: [user_id for user_id, each in record.standings.items() if kept_out(each)]
        for room_id, record in records.items()
        if record is not None
    }
    inside = {room_id: list(parts.who(room_id))[:MOST_USERS] for room_id in barred}
    users = {user_id for each in (*barred.values(), *inside.values()) for user_id in each}
    profiles = await parts.store.profiles_of(users)
    return [
        ShownRoom(
            room_id,
            record.options.name,
            record.options.locked,
            present[room_id],
            _people(record, inside[room_id], profiles, open_sockets.get(room_id, {})),
            _people(record, barred[room_id][:MOST_USERS], profiles, {}),
        )
        for room_id, record in records.items()
        if record is not None
    ], len(names) - len(shown)


def elsewhere(parts: Services) -> Sequence[Connection]:
    """The websockets that are in no room."""
    return [_connection(each) for each in parts.open_sockets() if not each.rooms][:MOST_USERS]


def warnings(parts: Services) -> Sequence[ShownWarning]:
    """The last warnings of the log, the newest first."""
    return [
        ShownWarning(
            f"{datetime.fromtimestamp(each.at, UTC):%m-%d %H:%M:%S}", each.level, each.text
        )
        for each in parts.warnings.newest()
    ]


def number(text: str) -> float:
    """The number of a form's field; 0 for anything that is none."""
    try:
        found = float(text or 0)
    except ValueError:
        return 0.0
    return found if math.isfinite(found) and found > 0 else 0.0


def program_of(agent: str) -> str:
    """A ``User-Agent`` in two words."""
    program = next((name for mark, name in _PROGRAMS.items() if mark in agent), agent[:30])
    system = next((name for name in _SYSTEMS if name in agent), "")
    return f"{program}, {system}" if system and system not in program else program or "a program"


def age_of(since: float) -> str:
    """How long ago a time of Trio's clock was, in one unit."""
    passed = max(0.0, trio.current_time() - since)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if passed >= size:
            return f"{passed // size:.0f} {unit}"
    return f"{passed // 10 * 10:.0f} s"  # rounded, so that a quiet page stays the same


def _people(
    record: RoomRecord,
    user_ids: Iterable[str],
    profiles: Mapping[str, Profile],
    open_sockets: Mapping[str, Sequence[OpenSocket]],
) -> Sequence[Person]:
    found = []
    for user_id in user_ids:
        standing = record.standings.get(user_id, PLAIN)
        connections = [_connection(each) for each in open_sockets.get(user_id, ())]
        name, barred = profiles[user_id].name, kept_out(standing)
        found.append(Person(user_id, name, standing.role, standing.muted, connections, barred))
    return found


def _by_room(
    open_sockets: Iterable[OpenSocket],
) -> Mapping[str, Mapping[str, Sequence[OpenSocket]]]:
    found: dict[str, dict[str, list[OpenSocket]]] = {}
    for each in open_sockets:
        for room_id in each.rooms:
            found.setdefault(room_id, {}).setdefault(each.user_id, []).append(each)
    return found


def _connection(each: OpenSocket) -> Connection:
    return Connection(each.address, program_of(each.agent), age_of(each.since), each.messages)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
