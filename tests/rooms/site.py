"""A site for a feature that has no room around it."""

import random
from collections.abc import Mapping

from xr.rooms.feature import Site
from xr.rooms.people import People
from xr.rooms.roster import Roster
from xr.rooms.standings import Standing, Standings
from xr.rooms.stream import Stream
from xr.rooms.tenure import Tenure
from xr.store.memory import MemoryStore


async def _save_nothing(_: Mapping[str, Standing]) -> None: ...


def make_site(room_id: str = "hall", seed: int = 1) -> Site:
    """A site with a stream and standings of its own, where nobody is."""
    stream = Stream()
    standings = Standings({}, _save_nothing, lambda _: None)
    people = People(stream, Roster())
    return Site(random.Random(seed), standings, stream, people, MemoryStore(), Tenure(room_id))
