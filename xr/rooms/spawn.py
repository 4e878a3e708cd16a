"""Where a newcomer appears: near the spawn point, not on it, and not inside anybody."""

import math
import random
from collections.abc import Iterable, Iterator

from xr.pose import LIMIT, Pose, Vector

RADIUS = 3.0
"""Metres from the spawn point, horizontally, at most."""
SPACING = 0.6
"""Metres between a newcomer and anybody else, while there is room."""
HEAD_HEIGHT = 1.7
"""Metres of the head above the spawn point."""

_TRIES = 24
_RINGS = 18
_NEAREST_RING = 0.5
_STEP = 0.15
_MOST = 110
"""More than this many people, ``SPACING`` apart, do not fit: 0.91 (RADIUS/SPACING + 1/2)² · 4 of
them, the density of circles packed as close as can be."""

Place = tuple[float, float]


def spawn_pose(point: Vector, occupied: Iterable[Vector], rng: random.Random) -> Pose:
    """A pose within ``RADIUS`` of ``point`` that looks at it.

    A few random places are tried first, then a fine pattern of rings. Where nothing is free, it is
    the widest of the random ones.
    """
    x, y, z = point
    near = ((other[0] - x, other[2] - z) for other in occupied)
    crowd = _Crowd(place for place in near if math.hypot(*place) < RADIUS + SPACING)
    place = _free_place(crowd, rng)
    heading = math.atan2(-place[0], -place[1])  # forward is +z, turned about y
    return Pose(
        (_inside(x + place[0]), _inside(y + HEAD_HEIGHT), _inside(z + place[1])),
        (0.0, math.sin(heading / 2), 0.0, math.cos(heading / 2)),
    )


class _Crowd:
    """People by cells of the ground as wide as the spacing: only the nine around a place matter."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.count = 0
        self._cells: dict[tuple[int, int], list[Place]] = {}
        for place in places:
            self.count += 1
            self._cells.setdefault(_cell(place), []).append(place)

    def room(self, place: Place) -> float:
        """Metres to the nearest person, ``SPACING`` if nobody is nearer than that."""
        x, z = place
        column, row = _cell(place)
        nearest = SPACING
        for i in (column - 1, column, column + 1):
            for j in (row - 1, row, row + 1):
                for other in self._cells.get((i, j), ()):
                    nearest = min(nearest, math.hypot(x - other[0], z - other[1]))
        return nearest


def _free_place(crowd: _Crowd, rng: random.Random) -> Place:
    tried = []
    for _ in range(_TRIES):
        radius = math.sqrt(rng.uniform(_NEAREST_RING**2, RADIUS**2))
        place = _polar(radius * 0.999, rng.uniform(0, math.tau))
        room = crowd.room(place)
        if room >= SPACING:
            return place
        tried.append((room, place))
    if crowd.count < _MOST:
        for place in _rings(rng.uniform(0, math.tau)):
            if crowd.room(place) >= SPACING:
                return place
    return max(tried)[1]


def _rings(turn: float) -> Iterator[Place]:
    for ring in range(_RINGS):
        radius = (_NEAREST_RING + (RADIUS - _NEAREST_RING) * ring / (_RINGS - 1)) * 0.999
        count = int(math.tau * radius / _STEP)
        for step in range(count):
            yield _polar(radius, turn + math.tau * step / count)


def _cell(place: Place) -> tuple[int, int]:
    return (math.floor(place[0] / SPACING), math.floor(place[1] / SPACING))


def _polar(radius: float, angle: float) -> Place:
    return (radius * math.cos(angle), radius * math.sin(angle))


def _inside(coordinate: float) -> float:
    return max(-LIMIT, min(LIMIT, coordinate))
