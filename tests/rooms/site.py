"""A site for a feature that has no room around it."""

import random
from collections.abc import Mapping

from xr.rooms.feature import Site
from xr.rooms.standings import Standing, Standings
from xr.rooms.stream import Stream


async def _save_nothing(_: Mapping[str, Standing]) -> None: ...


def make_site(room_id: str = "hall", seed: int = 1) -> Site:
    """A site with a stream and standings of its own."""
    standings = Standings({}, _save_nothing, lambda _: None)
    return Site(room_id, Stream(), random.Random(seed), standings)
