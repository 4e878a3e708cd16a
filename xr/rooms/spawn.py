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
_CELL = 0.075
_EDGE = round((RADIUS + SPACING) / _CELL)  # half a side of the square that is drawn, in cells
# Who stands at the edge of the square takes ground of no row but their own: each row has a margin
# behind it, which is also the next one's margin in front.
_ROW = 2 * _EDGE + 1 + round(SPACING / _CELL) + 2
_NEAR = (RADIUS + SPACING) ** 2
_MIDDLE = _EDGE * _ROW + _EDGE
_SLACK = _CELL * math.sqrt(2) / 2  # people stand within a cell, not at its centre
_TRIES = 64
_CLOSER = (SPACING, SPACING / 2, SPACING / 4)  # what is tried in turn as the place fills
_DENSEST = 0.91  # the share of a plane that circles cover when packed as close as can be

Place = tuple[float, float]


def spawn_pose(point: Vector, occupied: Iterable[Vector], rng: random.Random) -> Pose:
    """A pose within ``RADIUS`` of ``point`` that looks at it: a free place, if there is one."""
    x, y, z = point
    place = _place(((other[0] - x, other[2] - z) for other in occupied), rng)
    heading = math.atan2(-place[0], -place[1])  # forward is +z, turned about y
    return Pose(
        (_inside(x + place[0]), _inside(y + HEAD_HEIGHT), _inside(z + place[1])),
        (0.0, math.sin(heading / 2), 0.0, math.cos(heading / 2)),
    )


def _place(others: Iterable[Place], rng: random.Random) -> Place:
    """A free cell. The ground is drawn as one number, a bit a cell, so that what is done to a cell
    is done to all at once: a search takes 20 to 80 µs, among ten people or a hundred.
    """
    count, drawn = 0, bytearray((2 * _EDGE + 1) * _ROW // 8 + 1)
    for x, z in others:
        if x * x + z * z < _NEAR:  # the rest are in nobody's way
            count += 1
            cell = _MIDDLE + round(z / _CELL) * _ROW + round(x / _CELL)
            drawn[cell >> 3] |= 1 << (cell & 7)
    people = int.from_bytes(drawn, "little")
    for spacing in _CLOSER:
        if count > _DENSEST * (2 * RADIUS / spacing + 1) ** 2:
            continue  # so many do not fit at this distance
        free = _ring() & ~_around(people, spacing + _SLACK)
        if free:
            return _some(free, rng)
    return _some(_ring(), rng)


def _some(cells: int, rng: random.Random) -> Place:
    """The centre of one of these cells: any with the same chance, unless there are very few."""
    for _ in range(_TRIES):
        cell = rng.randrange((2 * _EDGE + 1) * _ROW)
        if cells >> cell & 1:
            break
    else:
        cell = (cells & -cells).bit_length() - 1
    row, column = divmod(cell, _ROW)
    return ((column - _EDGE) * _CELL, (row - _EDGE) * _CELL)


@cache
def _ring() -> int:
    """The cells where a newcomer may appear."""
    middle = 1 << _MIDDLE
    return _around(middle, RADIUS * 0.999) & ~_around(middle, _NEAREST)


def _around(cells: int, radius: float) -> int:
    """These cells and all within ``radius`` metres of them."""
    around, wide, half = 0, cells, 0
    for row, its_half in _disc(radius):
        for step in range(half + 1, its_half + 1):
            wide |= cells << step | cells >> step
        half = its_half
        around |= wide << row * _ROW | wide >> row * _ROW
    return around


@cache
def _disc(radius: float) -> tuple[tuple[int, int], ...]:
    """A disc's rows from its rim to its middle: how far from the middle, and half how long."""
    return tuple(
        (row, int(math.sqrt(radius**2 - (row * _CELL) ** 2) / _CELL))
        for row in range(int(radius / _CELL), -1, -1)
    )


def _inside(coordinate: float) -> float:
    return max(-LIMIT, min(LIMIT, coordinate))
