"""Where a newcomer appears: near the spawn point, not on it, and not inside anybody."""

import math
import random
from collections.abc import Iterable, Sequence

from xr.pose import LIMIT, Pose, Vector

RADIUS = 3.0
"""Metres from the spawn point, horizontally, at most."""
SPACING = 0.6
"""Metres between a newcomer and anybody else, while there is room."""
HEAD_HEIGHT = 1.7
"""Metres of the head above the spawn point."""

_TRIES = 24
_RINGS = 26
_NEAREST_RING = 0.5


def spawn_pose(point: Vector, occupied: Iterable[Vector], rng: random.Random) -> Pose:
    """A pose within ``RADIUS`` of ``point`` that looks at it.

    A few random places are tried first, then a fine pattern of rings; where nothing is free, the
    place of the pattern that is furthest from anybody is taken.
    """
    x, y, z = point
    others = [
        (other[0] - x, other[2] - z)
        for other in occupied
        if math.hypot(other[0] - x, other[2] - z) < RADIUS + SPACING
    ]
    place = _random_place(others, rng) or _widest_place(others, rng)
    heading = math.atan2(-place[0], -place[1])  # forward is +z, turned about y
    return Pose(
        (_inside(x + place[0]), _inside(y + HEAD_HEIGHT), _inside(z + place[1])),
        (0.0, math.sin(heading / 2), 0.0, math.cos(heading / 2)),
    )


def _random_place(
    others: Sequence[tuple[float, float]], rng: random.Random
) -> tuple[float, float] | None:
    for _ in range(_TRIES):
        radius = math.sqrt(rng.uniform(_NEAREST_RING**2, RADIUS**2))
        place = _polar(radius * 0.999, rng.uniform(0, math.tau))
        if _room(place, others) >= SPACING:
            return place
    return None


def _widest_place(others: Sequence[tuple[float, float]], rng: random.Random) -> tuple[float, float]:
    turn = rng.uniform(0, math.tau)
    best, most = _polar(RADIUS * 0.999, turn), -1.0
    for ring in range(_RINGS):
        radius = (_NEAREST_RING + (RADIUS - _NEAREST_RING) * ring / (_RINGS - 1)) * 0.999
        count = int(math.tau * radius / 0.1)
        for step in range(count):
            place = _polar(radius, turn + math.tau * step / count)
            room = _room(place, others)
            if room >= SPACING:
                return place
            if room > most:
                best, most = place, room
    return best


def _polar(radius: float, angle: float) -> tuple[float, float]:
    return (radius * math.cos(angle), radius * math.sin(angle))


def _room(place: tuple[float, float], others: Sequence[tuple[float, float]]) -> float:
    x, z = place
    return math.sqrt(min(((x - a) ** 2 + (z - b) ** 2 for a, b in others), default=LIMIT))


def _inside(coordinate: float) -> float:
    return max(-LIMIT, min(LIMIT, coordinate))
