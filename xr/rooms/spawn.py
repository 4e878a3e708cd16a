"""Where a newcomer appears: near the spawn point, not on it, and not inside anybody."""

import math
import random
from collections.abc import Iterable
from functools import cache

from xr.pose import LIMIT, Pose, Vector

RADIUS = 3.0
"""Metres from the spawn point, horizontally, at most."""
SPACING = 0.6
"""Metres between a newcomer and anybody else, while there is room."""
HEAD_HEIGHT = 1.7
"""Metres of the head above the spawn point."""

_NEAREST = 0.5
_CELL = 0.05
_EDGE = round(RADIUS / _CELL)  # half a side of the square that is drawn, in cells
_SIDE = 2 * _EDGE + 1
# Who stands beside the square takes ground of no row but their own: each row has a margin behind
# it, which is also the next one's margin in front, as wide as anybody reaches out.
_ROW = _SIDE + round(2 * SPACING / _CELL) + 2
_MIDDLE = _EDGE * _ROW + _EDGE
_SLACK = _CELL * math.sqrt(2) / 2  # people stand within a cell, not at its centre
_TRIES = 64
_CLOSER = (SPACING, SPACING / 2, SPACING / 4)  # what is tried in turn as the place fills
_DENSEST = 0.91  # the share of a plane that circles cover when packed as close as can be

Place = tuple[float, float]


def spawn_pose(point: Vector, occupied: Iterable[Vector], rng: random.Random) -> Pose:
    """A pose within ``RADIUS`` of ``point`` that looks at it: a free place, if there is one."""
    x, y, z = point
    place = _place([(other[0] - x, other[2] - z) for other in occupied], rng)
    heading = math.atan2(-place[0], -place[1])  # forward is +z, turned about y
    return Pose(
        (_inside(x + place[0]), _inside(y + HEAD_HEIGHT), _inside(z + place[1])),
        (0.0, math.sin(heading / 2), 0.0, math.cos(heading / 2)),
    )


def _place(others: Iterable[Place], rng: random.Random) -> Place:
    """A free cell. The ground is drawn as one number, a bit a cell, so that to mark where somebody
    stands is one operation: a search among a hundred people takes a tenth of a millisecond.
    """
    shifts = [
        round(z / _CELL) * _ROW + round(x / _CELL)
        for x, z in others
        if x * x + z * z < (RADIUS + SPACING) ** 2  # others are in nobody's way
    ]
    for spacing in _CLOSER:
        if len(shifts) > _DENSEST * (2 * RADIUS / spacing + 1) ** 2:
            continue  # so many do not fit at this distance
        disc = _ring(0.0, spacing + _SLACK)
        taken = 0
        for shift in shifts:
            taken |= disc << shift if shift >= 0 else disc >> -shift
        free = _ring(_NEAREST, RADIUS * 0.999) & ~taken
        if free:
            return _some(free, rng)
    return _some(_ring(_NEAREST, RADIUS * 0.999), rng)


def _some(cells: int, rng: random.Random) -> Place:
    """The centre of one of these cells: any with the same chance, unless there are very few."""
    for _ in range(_TRIES):
        cell = rng.randrange(_SIDE * _ROW)
        if cells >> cell & 1:
            break
    else:
        cell = (cells & -cells).bit_length() - 1
    row, column = divmod(cell, _ROW)
    return ((column - _EDGE) * _CELL, (row - _EDGE) * _CELL)


@cache
def _ring(inner: float, outer: float) -> int:
    """The cells that are further than ``inner`` and within ``outer`` metres of the middle."""
    return _disc(outer) & ~_disc(inner)


def _disc(radius: float) -> int:
    cells = 0
    for row in range(-_EDGE, _EDGE + 1):
        square = radius**2 - (row * _CELL) ** 2
        if square > 0:
            half = int(math.sqrt(square) / _CELL)
            run = (1 << 2 * half + 1) - 1
            cells |= run << _MIDDLE + row * _ROW - half
    return cells


def _inside(coordinate: float) -> float:
    return max(-LIMIT, min(LIMIT, coordinate))
