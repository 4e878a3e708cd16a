"""A site for a feature that has no room around it."""

import random
from collections.abc import Mapping
from typing import Any

from tests.rooms.fake_client import LineEncoder
from tests.rooms.house import SIGNER, mark
from xr.metrics import Metrics
from xr.rooms.audit import make_audit
from xr.rooms.door import Door
from xr.rooms.feature import Site
from xr.rooms.options import Options
from xr.rooms.people import People
from xr.rooms.profiles import Profiles
from xr.rooms.protocols import RoomRecord
from xr.rooms.roster import Roster
from xr.rooms.settings import RoomSettings
from xr.rooms.standings import Standings
from xr.rooms.stream import Stream
from xr.rooms.tenure import Tenure
from xr.rooms.visitors import Visitors
from xr.store.memory import MemoryStore


async def _save_nothing(_: Mapping[str, Any]) -> None: ...


def _beginning() -> float:
    return 0.0


def make_door(room_id: str = "hall") -> Door:
    """The door of a room of which nothing has been set."""
    record = RoomRecord(room_id, Options(room_id), {})
    return Door(record, Tenure(room_id), MemoryStore(), SIGNER, _beginning)


def make_site(room_id: str = "hall", seed: int = 1) -> Site:
    """A site with a stream and standings of its own, where nobody is, at the beginning of time."""
    stream, rng = Stream(), random.Random(seed)
    return Site(
        rng,
        Standings({}, _save_nothing, lambda _: None, mark, _beginning),
        stream,
        People(stream, Roster()),
        Profiles(MemoryStore(), lambda *_: None, Metrics()),
        MemoryStore(),
        Tenure(room_id),
        RoomRecord(room_id, Options(room_id), {}),
        RoomSettings(),
        make_audit(stream, _save_nothing, rng, _beginning),
        Visitors(),
        _beginning,
        mark,
        make_door(room_id),
        lambda *_: None,
        lambda: None,
        lambda _: None,
        lambda _: False,
        LineEncoder(room_id),
        Metrics(),
    )
