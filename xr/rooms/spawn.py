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

_NEAREST = 0.5
_CELL = 0.1
_REACH = int(RADIUS / _CELL)
_ROW = 2 * _REACH + 1
_CLOSER = (SPACING, SPACING / 2, SPACING / 4)  # what is tried in turn as the place fills
_DENSEST = 0.91  # the share of a plane that circles cover when packed as close as can be

Place = tuple[float, float]


def spawn_pose(point: Vector, occupied: Iterable[Vector], rng: random.Random) -> Pose:
    """A pose within ``RADIUS`` of ``point`` that looks at it: a free place, if there is one."""
    x, y, z = point
    near = ((other[0] - x, other[2] - z) for other in occupied)
    place = _place([other for other in near if math.hypot(*other) < RADIUS + SPACING], rng)
    heading = math.atan2(-place[0], -place[1])  # forward is +z, turned about y
    return Pose(
        (_inside(x + place[0]), _inside(y + HEAD_HEIGHT), _inside(z + place[1])),
        (0.0, math.sin(heading / 2), 0.0, math.cos(heading / 2)),
    )


def _place(others: Sequence[Place], rng: random.Random) -> Place:
    for spacing in _CLOSER:
        if len(others) > _DENSEST * (2 * RADIUS / spacing + 1) ** 2:
            continue  # so many do not fit at this distance
        taken = bytearray(_OUTSIDE)
        for other in others:
            _take(taken, other, spacing)
        free = [cell for cell, mark in enumerate(taken) if not mark]
        if free:
            return _centre(rng.choice(free))
    angle = rng.uniform(0, math.tau)
    radius = math.sqrt(rng.uniform(_NEAREST**2, (RADIUS * 0.999) ** 2))
    return (radius * math.cos(angle), radius * math.sin(angle))


def _take(taken: bytearray, other: Place, spacing: float) -> None:
    """Mark the cells whose centre is within ``spacing`` of somebody, row by row."""
    x, z = other
    first = max(-_REACH, math.ceil((z - spacing) / _CELL))
    last = min(_REACH, math.floor((z + spacing) / _CELL))
    for row in range(first, last + 1):
        half = math.sqrt(max(0.0, spacing**2 - (row * _CELL - z) ** 2))
        left = max(-_REACH, math.ceil((x - half) / _CELL))
        right = min(_REACH, math.floor((x + half) / _CELL))
        if left <= right:
            start = (row + _REACH) * _ROW + _REACH + left
            taken[start : start + right - left + 1] = b"\1" * (right - left + 1)


def _centre(cell: int) -> Place:
    row, column = divmod(cell, _ROW)
    return ((column - _REACH) * _CELL, (row - _REACH) * _CELL)


_OUTSIDE = bytes(
    not _NEAREST <= math.hypot(*_centre(cell)) <= RADIUS * 0.999 for cell in range(_ROW * _ROW)
)
"""One byte a cell of the square around the spawn point: 1 where nobody appears."""


def _inside(coordinate: float) -> float:
    return max(-LIMIT, min(LIMIT, coordinate))
